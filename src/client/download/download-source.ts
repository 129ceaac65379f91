import { resolveRetry } from "../../retry/index.ts";
import type { CallContext } from "../call.ts";
import { positive } from "../defaults.ts";
import type { RequestOptions } from "../options.ts";
import { resolveURL } from "../resolve-url.ts";
import type { Waits } from "../waits.ts";
import type { DownloadOptions, DownloadResponse, DownloadSource } from "./download-options.ts";

export interface DownloadSourceInit {
  readonly url: string | URL;
  readonly options: DownloadOptions;
  /** The session's GET of that URL, as a stream whose content codings are not undone. */
  readonly open: (options: RequestOptions) => Promise<DownloadResponse>;
  readonly waits: Waits;
}

/** Where a session's download takes its bytes from. */
export function downloadSource(
  { defaults, random, budgetOf }: CallContext,
  { url, options, open, waits }: DownloadSourceInit,
): DownloadSource {
  const { params, allowAbsolute, retry, deadline } = options;
  const resolved = resolveURL(url, {
    base: defaults.base,
    params: params === undefined ? defaults.params : [...defaults.params, params],
    allowAbsolute: allowAbsolute ?? defaults.allowAbsolute,
  });
  return {
    url: resolved.url,
    open,
    retry: resolveRetry(retry, defaults.retry),
    budget: budgetOf(resolved.origin),
    deadlineMs: deadline === undefined ? defaults.deadlineMs : positive(deadline, "deadline"),
    ...waits,
    random,
  };
}
