import { ErrandError } from "../errors/index.ts";
import { EXIT, exitCodeOfError } from "./exit-codes.ts";
import { Ended, type Io } from "./io.ts";
import { renderFailure } from "./output/failure.ts";
import { painter } from "./output/color.ts";

/** Says on stderr why a command failed, and gives its exit code. */
export function reportFailure(error: unknown, io: Io): number {
  // What an interruption broke on its way is not a finding of its own.
  const reason: unknown = io.signal.aborted ? io.signal.reason : error;
  if (reason instanceof Ended) {
    if (reason.kind !== "outputClosed") io.stderr.print(`errand: ${reason.message}`);
    return reason.exitCode;
  }
  const paint = painter(io.stderr.hasColor);
  if (error instanceof ErrandError) {
    io.stderr.print(renderFailure(error, paint, io.stderr.isTTY ? io.stderr.columns : undefined));
    return exitCodeOfError(error.code);
  }
  io.stderr.print(isSystemError(error) ? `errand: ${error.message}` : renderDefect(error, io.env));
  return EXIT.error;
}

/** A disk that is full, a file without permission: no mistake of ours, and Node's message names call and path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** Anything else is a mistake of ours: the stack is for the report, on request. */
function renderDefect(error: unknown, env: Io["env"]): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = env["ERRAND_LOG"] === "debug" && error instanceof Error ? `\n${error.stack ?? ""}` : "\nFor the stack: ERRAND_LOG=debug";
  return `errand: internal error: ${message}${stack}`;
}
