export interface BackoffInput {
  /** 1 before the second attempt, 2 before the third. */
  readonly retry: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** In [0, 1), like Math.random. */
  readonly random: () => number;
}

/**
 * Full jitter: a random share of `min(cap, base * 2^(retry - 1))`, in whole milliseconds.
 *
 * Callers that failed together come back spread over the whole span
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoffMs({ retry, baseMs, capMs, random }: BackoffInput): number {
  // Bounded, so that a base of 0 never meets an infinite power and becomes NaN.
  const doublings = Math.min(Math.max(0, retry - 1), 60);
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** doublings));
}
