import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Seams } from "./seams.ts";

/** The clock of what lasts longer than one call: polls, event streams, downloads. */
export interface Waits {
  /** Resolves early, without an error, when the signal is aborted: the next call turns that into the AbortError that names the request. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export function waitsOf(seams: Seams): Waits {
  return {
    now: seams.now ?? (() => performance.now()),
    sleep: async (ms, signal) => {
      if (seams.sleep !== undefined) return seams.sleep(ms);
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    },
  };
}
