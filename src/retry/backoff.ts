export interface BackoffInput {
  /** 1 before the second attempt, 2 before the third. */
  readonly retry: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** In [0, 1), like Math.random. */
  readonly random: () => number;
  /** Jitter takes half of the wait at most: equal jitter. */
  readonly waitsHalf?: boolean;
}

/**
 * Full jitter: a random share of `min(cap, base * 2^(retry - 1))`, in whole milliseconds.
 *
 * Callers that failed together come back spread over the whole span
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `waitsHalf` keeps half of it for sure.
 */
export function backoffMs({ retry, baseMs, capMs, random, waitsHalf = false }: BackoffInput): number {
  // Bounded, so that a base of 0 never meets an infinite power and becomes NaN.
  const doublings = Math.min(Math.max(0, retry - 1), 60);
  const spanMs = Math.min(capMs, baseMs * 2 ** doublings);
  return Math.floor(waitsHalf ? spanMs / 2 + (random() * spanMs) / 2 : random() * spanMs);
}
