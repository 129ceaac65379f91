import { catalog, ErrandError, type ErrorCode } from "../../errors/index.ts";
import { reportFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { defectPlace, codeOf, ownError } from "./foreign-failure.ts";

export interface ReportedRun {
  readonly id: string;
  /** The line that goes on with it. */
  readonly line: string;
}

/** Says why a run did not end well and how it goes on; gives the exit code. */
export function reportRun(error: unknown, { id, line }: ReportedRun, io: Io): number {
  const code = codeOf(error);
  if (code === "ERR_RUN_SUSPENDED") {
    io.stderr.print(`errand: ${messageOf(error)}. To go on:\n  ${line}`);
    return catalog[code].exitCode;
  }
  const own = ownError(error);
  if (!(own instanceof ErrandError)) {
    io.stderr.print(`errand: run ${id} stopped. To go on:\n  ${line}`);
    return reportFailure(own, io);
  }
  const place = defectPlace(error);
  const message = place === undefined ? own.message : `${own.message} (${own.code})\n  at ${place}`;
  const hint = hintOf(own.code, line) ?? own.hint;
  const shown = new ErrandError({ code: own.code, message, hint, cause: error });
  // Not as an interruption, even where there was one: the run ended, or stopped, by itself.
  return reportFailure(shown, { ...io, signal: neverAborted });
}

const neverAborted = new AbortController().signal;

/** The library's hints speak to programs. */
function hintOf(code: ErrorCode, line: string): string | undefined {
  switch (code) {
    case "ERR_RUN_FAILED":
      return `What was done is recorded. To try the failed steps again:\n  ${line} --again`;
    case "ERR_STEP_UNCERTAIN":
      return `Find out, then go on, with skip if it was done:\n  ${line} --uncertain repeat`;
    case "ERR_RUN_TAKEN_OVER":
    case "ERR_JOURNAL_FULL":
    case "ERR_JOURNAL_LOCKED":
    case "ERR_JOURNAL_READ_ONLY":
      return `To go on:\n  ${line}`;
    default:
      return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
