import type { Attempt, Timings } from "../../errors/index.ts";
import { formatDuration } from "../../retry/index.ts";

/** What `-m` tells of a response. */
export interface MetaLike {
  readonly elapsedMs: number;
  readonly httpVersion: string;
  readonly timings: Timings;
  readonly attempts: readonly Attempt[];
  readonly history: readonly unknown[];
}

/** Times and counts, a line each, names as in `key: value`. */
export function renderMeta({ elapsedMs, httpVersion, timings, attempts, history }: MetaLike): string {
  const firstByte = timings.waitMs;
  return [
    `elapsed: ${formatDuration(elapsedMs)}`,
    ...(firstByte === undefined ? [] : [`wait: ${formatDuration(firstByte)}`]),
    `protocol: HTTP/${httpVersion}`,
    `attempts: ${attempts.length}`,
    `redirects: ${history.length}`,
  ].join("\n");
}
