import type { Command } from "commander";
import { Session, type DownloadResult } from "../../client/index.ts";
import { InvalidRequestError, isHTTPError, isInvalidRequestError } from "../../errors/index.ts";
import { exitCodeOfStatus } from "../exit-codes.ts";
import { filePath, type Io } from "../io.ts";
import { LiveRegion } from "../output/live-region.ts";
import { renderAttempts, renderRetry } from "../output/attempt.ts";
import { painter } from "../output/color.ts";
import { escapeLine } from "../output/control-characters.ts";
import { renderFailure } from "../output/failure.ts";
import { renderProgress } from "../output/progress.ts";
import { showSize } from "../output/size.ts";
import { UsageError } from "../usage-error.ts";
import { addConnectionFlags, addSessionFlags, addTimeFlags, type RequestFlags } from "./request/flags.ts";
import { planRequest, type RequestPlan } from "./request/plan.ts";

interface DownloadFlags extends Omit<RequestFlags, "headers" | "body" | "print"> {
  readonly sha256?: string;
  readonly overwrite?: boolean;
  /** False after `--no-resume`. */
  readonly resume: boolean;
}

const count = (_value: string, before: number): number => before + 1;

/** `errand download URL [-o FILE]`: a file, whole or not at all; goes on where an earlier call broke off. */
export function register(command: Command, io: Io): void {
  command
    .usage("[options] URL [ITEM...]")
    .argument("<URL>")
    .argument("[ITEM...]", "Header:value  query==value")
    .option("-o, --output <path>", "the file, or a directory where the server names it (default: the working directory)")
    .option("--sha256 <hex>", "what sha256sum prints for the whole file: another one is an error")
    .option("--overwrite", "replace a file of that name")
    .option("--no-resume", "begin at the first byte whatever an earlier call left");
  addSessionFlags(addTimeFlags(addConnectionFlags(command)));
  command
    .optionsGroup("Output:")
    .option("--json", "machine-readable: path, sizeBytes, resumedBytes, url, status")
    .option("-v, --verbose", "also the attempts of the last request", count, 0)
    .option("-q, --quiet", "no progress and no summary; -qq: no warnings", count, 0)
    .action(async (url: string, items: readonly string[], flags: DownloadFlags) => {
      const plan = await planRequest({ words: [url, ...items], flags: { ...flags, json: undefined }, method: "GET", commands: [] }, io);
      refuseBody(plan);
      const isKept = flags.session !== undefined || flags.sessionReadOnly !== undefined;
      const use = isKept ? await (await import("./request/use-session.ts")).useSession(plan, flags, io) : undefined;
      io.exitCode = await download(use?.plan ?? plan, flags, io);
      await use?.save();
    });
}

function refuseBody({ options: { body, form, files } }: RequestPlan): void {
  if (body === undefined && form === undefined && files === undefined) return;
  throw new UsageError("a download is a GET without a body", { hint: "Items here are Header:value and query==value." });
}

async function download(plan: RequestPlan, flags: DownloadFlags, io: Io): Promise<number> {
  const session = new Session(plan.session);
  const region = io.stderr.isTTY && flags.quiet === 0 ? new LiveRegion(io.stderr) : undefined;
  const paint = painter(io.stderr.hasColor);
  const say = (text: string): void => (region === undefined ? io.stderr.print(text) : region.log(text));
  try {
    const result = await session.download(plan.url, target(flags, io), {
      ...plan.options,
      ...(flags.sha256 === undefined ? {} : { sha256: flags.sha256 }),
      overwrite: flags.overwrite === true,
      resume: flags.resume,
      signal: io.signal,
      onAttempt: (attempt) => {
        if (attempt.waitMs !== undefined && flags.quiet === 0) say(renderRetry(attempt, flags.attempts ?? 3));
        if (flags.verbose > 0) say(renderAttempts([attempt], paint));
      },
      ...(region === undefined ? {} : { onProgress: (progress) => region.draw([renderProgress(progress, io.stderr.columns, paint)]) }),
    });
    region?.draw([]);
    if (flags.json === true) io.stdout.print(JSON.stringify(asJson(result)));
    else if (flags.quiet === 0) io.stderr.print(summary(result));
    return 0;
  } catch (error) {
    region?.draw([]);
    // As a request would end: 3, 4 or 5 by the status.
    if (!isHTTPError(error) || io.signal.aborted) throw inOptionsOfTheCommand(error);
    io.stderr.print(renderFailure(error, paint));
    return exitCodeOfStatus(error.status);
  } finally {
    await session.close();
  }
}

/** The remedy as it is typed here. */
function inOptionsOfTheCommand(error: unknown): unknown {
  if (!isInvalidRequestError(error) || error.code !== "ERR_FILE_EXISTS") return error;
  const { code, message } = error;
  return new InvalidRequestError({ code, message, hint: "--overwrite replaces it; -o gives it another name.", cause: error });
}

/** A path that ends in a slash is a directory, also after it was made absolute. */
function target({ output }: DownloadFlags, io: Io): string {
  if (output === undefined) return `${filePath(io, ".")}/`;
  if (output === "-") throw new UsageError("a download goes to a file", { hint: "For stdout: errand URL > FILE, or errand URL | ..." });
  return output.endsWith("/") ? `${filePath(io, output)}/` : filePath(io, output);
}

function asJson({ path, sizeBytes, resumedBytes, response: { request, status } }: DownloadResult): object {
  return { path, sizeBytes, resumedBytes, url: request.url, status };
}

function summary({ path, sizeBytes, resumedBytes }: DownloadResult): string {
  const earlier = resumedBytes === 0 ? "" : `, ${showSize(resumedBytes)} of it from an earlier call`;
  return `saved ${escapeLine(path)} (${showSize(sizeBytes)}${earlier})`;
}
