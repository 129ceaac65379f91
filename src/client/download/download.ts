import { RequestError, type RequestSummary } from "../../errors/index.ts";
import { redactUrl } from "../../secrets/index.ts";
import {
  planDownload,
  type DownloadOptions,
  type DownloadPlan,
  type DownloadResponse,
  type DownloadResult,
  type DownloadSource,
} from "./download-options.ts";
import { aborted, checksumMismatch, isOutOfSpace, withKept } from "./failures.ts";
import { Part } from "./part.ts";
import { lookAtTarget, nameTarget } from "./target-path.ts";
import { Transfer } from "./transfer.ts";

/**
 * Fetches a file: it has its name when it is whole, checked and on disk, and never before.
 *
 * Until then it is `NAME.part`, beside a record (`.part.json`) and a lock (`.part.lock`). An answer that breaks off is gone on with where it
 * ended, in this call by the retry rules, or in a later one, as far as the server's strong validator says that the file is still the same.
 * @param target a file; a directory, or a path that ends in a slash, where the server names the file; undefined is the working directory
 * @throws InvalidRequestError when the target exists or an option is wrong, HTTPError for 400 and above, DecodeError for another checksum or an
 * HTML page in the file's place, RequestError in words for what the file system refuses
 */
export async function download(source: DownloadSource, target?: string, options: DownloadOptions = {}): Promise<DownloadResult> {
  const plan = planDownload(options);
  const request: RequestSummary = { method: "GET", url: redactUrl(source.url) };
  const { signal } = plan.request;
  if (signal?.aborted === true) throw aborted(signal, request);
  const place = await lookAtTarget(target, plan.overwrite, request);
  const transfer = new Transfer(source, plan, request);
  let first: DownloadResponse | undefined;
  try {
    let path: string;
    if ("path" in place) path = place.path;
    else {
      first = await transfer.open();
      await first.raiseForStatus();
      path = await nameTarget(place, plan.overwrite, { contentDisposition: first.header("content-disposition"), url: source.url, request });
    }
    const part = await Part.open({ ...plan, target: path, url: source.url, request, isHashed: plan.sha256 !== undefined, signal });
    if (part.sizeBytes > 0) {
      // Now that it has a name there is something to go on with: the rest is enough.
      await first?.close();
      first = undefined;
    }
    return await complete(part, { transfer, plan, request, first });
  } finally {
    await first?.close();
  }
}

interface Work {
  readonly transfer: Transfer;
  readonly plan: DownloadPlan;
  readonly request: RequestSummary;
  readonly first: DownloadResponse | undefined;
}

async function complete(part: Part, { transfer, plan, request, first }: Work): Promise<DownloadResult> {
  let isWorthKeeping = plan.resume;
  try {
    const response = await transfer.run(part, first);
    const actual = part.digest();
    if (plan.sha256 !== undefined && actual !== undefined && actual !== plan.sha256) {
      isWorthKeeping = false;
      throw checksumMismatch(
        { expected: plan.sha256, actual, sizeBytes: part.sizeBytes, contentType: response.header("content-type") },
        request,
      );
    }
    transfer.reportEnd();
    await part.commit();
    const { target: path, sizeBytes, resumedBytes } = part;
    return { path, sizeBytes, resumedBytes, response };
  } catch (error) {
    const isKept = isWorthKeeping && part.record !== undefined && part.sizeBytes > 0 && !isOutOfSpace(error);
    await part.close(isKept);
    throw isKept && error instanceof RequestError ? withKept(error, part) : error;
  }
}
