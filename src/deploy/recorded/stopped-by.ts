import { FlowError, JournalError, RunError } from "../../flow/index.ts";
import { nextSteps, whereStopped, type LeftBehind } from "../conduct/suspended.ts";
import type { Phase } from "../run-record.ts";

/**
 * The error that a recorded deploy stopped with, and what it leaves behind: a journal that cannot be written, a run that another process
 * took over, a cancellation, a fault of ours.
 */
export function stoppedBy(error: unknown, phase: Phase, left: LeftBehind): unknown {
  const hint = nextSteps(phase, left);
  const where = phase === "beginning" ? "" : `, ${whereStopped(phase)}`;
  if (error instanceof JournalError && phase !== "beginning") {
    const { code, file } = error;
    return new JournalError({
      code,
      file,
      message: `${error.message}. The deploy stopped${where}`,
      hint: join(error.hint, hint),
      cause: error,
    });
  }
  if (error instanceof RunError) {
    const { runId, errorName: name, errorCode, status, cause } = error;
    const isCancelled = error.code === "ERR_RUN_CANCELLED";
    const stored = {
      name,
      message: error.message,
      ...(errorCode === undefined ? {} : { code: errorCode }),
      ...(status === undefined ? {} : { status }),
    };
    return new RunError({
      runId,
      error: stored,
      message: `${error.message}${where}`,
      hint: isCancelled ? withoutGoOn(hint, left) : hint,
      cause,
      isCancelled,
    });
  }
  if (error instanceof FlowError && error.code === "ERR_RUN_TAKEN_OVER")
    return new FlowError({ code: error.code, message: error.message, hint: `Wait for it: ${left.goOn}`, runId: error.runId, cause: error });
  return error;
}

/** A cancelled run is over. */
function withoutGoOn(hint: string, { goOn }: LeftBehind): string {
  return hint.replace(`Go on: ${goOn}. `, "").replace(` Go on: ${goOn}`, "");
}

function join(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first} ${second}`;
}
