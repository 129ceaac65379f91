import type { EngineClock } from "../../src/flow/local/local-engine.ts";

export interface ManualClock extends EngineClock {
  advance(ms: number): void;
  /** How many wait. */
  readonly sleepers: number;
}

/** Time that stands still until a test moves it. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = startMs;
  const waiting = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  return {
    now: () => nowMs,
    get sleepers() {
      return waiting.size;
    },
    advance(ms) {
      nowMs += ms;
      for (const sleeper of waiting) {
        if (sleeper.atMs > nowMs) continue;
        waiting.delete(sleeper);
        sleeper.wake();
      }
    },
    async sleepUntil(atMs, signal) {
      signal.throwIfAborted();
      if (atMs <= nowMs) return;
      await new Promise<void>((resolve, reject) => {
        const sleeper = { atMs, wake: resolve };
        waiting.add(sleeper);
        signal.addEventListener(
          "abort",
          () => {
            waiting.delete(sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
      });
    },
  };
}
