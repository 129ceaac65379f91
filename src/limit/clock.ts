import { performance } from "node:perf_hooks";

/** Time as the limits see it; a test puts its own in its place. */
export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Runs something once, in `ms` milliseconds, unless the function it returns is called before. */
  schedule(run: () => void, ms: number): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
