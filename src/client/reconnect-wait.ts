export interface ReconnectWait {
  /** What the server asked for by `retry`; undefined for nothing. */
  readonly retryMs: number | undefined;
  /** Connections in a row that brought nothing. */
  readonly failures: number;
  /** In [0, 1), like Math.random. */
  readonly random: () => number;
}

/** "A few seconds" (WHATWG HTML 9.2.2), as browsers have it. */
const defaultRetryMs = 3000;
/** What grows when the server asked for no wait at all. */
const leastGrowingMs = 100;
const longestBackoffMs = 30_000;
/** Above this setTimeout would fire at once. */
const longestTimerMs = 2_147_483_647;

/**
 * The wait before an event stream is opened again: the server's reconnection time, doubled with each failure up to 30 s, and up to half of
 * it as jitter on top, so that clients which lost one server do not come back together. Never shorter than the server asked for.
 */
export function reconnectWaitMs({ retryMs = defaultRetryMs, failures, random }: ReconnectWait): number {
  const growingMs = failures === 0 ? retryMs : Math.max(retryMs, leastGrowingMs) * 2 ** Math.min(failures, 30);
  const backoffMs = Math.max(retryMs, Math.min(growingMs, longestBackoffMs));
  return Math.min(Math.floor(backoffMs + (random() * Math.min(backoffMs, longestBackoffMs)) / 2), longestTimerMs);
}
