import type { DownloadProgress, ProgressListener } from "../../body/index.ts";
import { InvalidRequestError, type RequestSummary } from "../../errors/index.ts";
import type { RetryBudget, RetryPolicy } from "../../retry/index.ts";
import type { RequestOptions } from "../options.ts";
import { ownOptions, requestOptionNames } from "../own-options.ts";

/** Options of `session.download()`: those of a GET, and what to do with the file. */
export interface DownloadOptions extends Omit<RequestOptions, NotForDownloads | "onProgress"> {
  /** Of the whole file, in hexadecimal. Another one is a DecodeError, and the file is removed. @default not checked */
  readonly sha256?: string;
  /** Called at the first byte, then at most every 100 ms, and when the file is complete. An error it throws ends the download. */
  readonly onProgress?: ProgressListener<DownloadProgress>;
  /** False starts at the first byte whatever an earlier call left, and leaves nothing behind when it fails. @default true */
  readonly resume?: boolean;
  /** Replaces a file of that name. @default false: an existing file is an InvalidRequestError */
  readonly overwrite?: boolean;
  /** Takes an HTML page for the file also where its name says otherwise, e.g. `.tgz`. @default false: a DecodeError, for it is a login page */
  readonly html?: boolean;
}

type NotForDownloads = "stream" | "fallback" | "decompress" | "body" | "json" | "form" | "files" | "idempotencyKey";

/** A file that was downloaded whole. */
export interface DownloadResult {
  /** Absolute path of the file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Bytes that an earlier call had left and that were not fetched again. */
  readonly resumedBytes: number;
  /** What was sent for the last bytes, without its body. */
  readonly response: DownloadResponse;
}

/** What a download needs of a response. */
export interface DownloadResponse {
  readonly status: number;
  readonly request: RequestSummary;
  /** The bytes as they came, content codings not undone; once. */
  readonly body: AsyncIterable<Uint8Array>;
  header(name: string): string | undefined;
  /** Throws an HTTPError for 400 and above. */
  raiseForStatus(): Promise<unknown>;
  close(): Promise<void>;
}

/** Where the bytes come from: a session's GET of one URL, and the surroundings of the waits between two of them. */
export interface DownloadSource {
  /** The URL that is asked for, whole. */
  readonly url: URL;
  /** Sends the request with these options, its own retries included; gives a stream. */
  readonly open: (options: RequestOptions) => Promise<DownloadResponse>;
  /** Of the call: when an answer that broke off is asked for again. */
  readonly retry: RetryPolicy;
  readonly budget: RetryBudget;
  /** Resolves early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1), like Math.random. */
  readonly random: () => number;
  /** Bounds the whole download. */
  readonly deadlineMs?: number | undefined;
}

/** Options, checked, with the defaults filled in. */
export interface DownloadPlan {
  /** Lower case. */
  readonly sha256: string | undefined;
  readonly onProgress: ProgressListener<DownloadProgress> | undefined;
  readonly resume: boolean;
  readonly overwrite: boolean;
  readonly html: boolean;
  /** What goes on to each request. */
  readonly request: RequestOptions;
}

const notForDownloads: ReadonlySet<string> = new Set<NotForDownloads>([
  "stream",
  "fallback",
  "decompress",
  "body",
  "json",
  "form",
  "files",
  "idempotencyKey",
]);
const ownNames = ["sha256", "onProgress", "resume", "overwrite", "html"] as const;
const downloadOptionNames: ReadonlySet<string> = new Set([
  ...[...requestOptionNames].filter((name) => !notForDownloads.has(name)),
  ...ownNames,
]);

/** @throws InvalidRequestError that names the option, before any I/O */
export function planDownload(options: DownloadOptions): DownloadPlan {
  const {
    sha256,
    onProgress,
    resume = true,
    overwrite = false,
    html = false,
    ...request
  } = ownOptions(options, downloadOptionNames, "download()");
  if (onProgress !== undefined && typeof onProgress !== "function") throw wrong("onProgress takes a function of the progress");
  for (const [name, value] of Object.entries({ resume, overwrite, html })) {
    if (typeof value !== "boolean") throw wrong(`${name} takes true or false`);
  }
  const taken = Object.keys(request.headers ?? {}).find((name) => /^(?:range|if-range|accept-encoding)$/i.test(name));
  if (taken !== undefined) throw wrong(`headers.${taken} cannot be set`, "download() sets it: it decides which bytes are asked for.");
  return { sha256: checkSum(sha256), onProgress, resume, overwrite, html, request };
}

function checkSum(sha256: string | undefined): string | undefined {
  if (sha256 === undefined) return undefined;
  const [, hex] = (typeof sha256 === "string" && /^(?:sha256:)?([0-9a-f]{64})$/i.exec(sha256)) || [];
  if (hex === undefined) throw wrong("sha256 takes 64 hexadecimal digits", "It is what sha256sum prints, without the file name.");
  return hex.toLowerCase();
}

function wrong(message: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message, hint });
}
