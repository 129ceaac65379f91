import { Ended, type Io } from "./io.ts";

/** Aborted by Ctrl-C and SIGTERM, not when the reader of stdout has gone (`| head -1`): what was begun goes on. */
export function interruption({ signal }: Pick<Io, "signal">): AbortSignal {
  const controller = new AbortController();
  const forward = (): void => {
    const reason: unknown = signal.reason;
    const isOutput = reason instanceof Ended && (reason.kind === "outputClosed" || reason.kind === "outputFailed");
    if (!isOutput) controller.abort(reason);
  };
  if (signal.aborted) forward();
  else signal.addEventListener("abort", forward, { once: true });
  return controller.signal;
}
