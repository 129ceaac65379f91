import { setTimeout } from "node:timers/promises";

/** Waits without keeping the process alive. Rejects when the signal is aborted. */
export function idleSleep(ms: number, signal: AbortSignal): Promise<void> {
  return setTimeout(ms, undefined, { ref: false, signal });
}
