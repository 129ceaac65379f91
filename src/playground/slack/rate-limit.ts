/** Of {@link MessageRate}. */
export interface SlackRateLimit {
  /** Messages per second and channel. Default 1. */
  readonly perSecond?: number;
  /** How many may come at once after a pause. Default 3. */
  readonly burst?: number;
}

/** A token bucket per channel. */
export class MessageRate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor({ perSecond = 1, burst = 3 }: SlackRateLimit, now: () => number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#now = now;
  }

  /** Takes a token: 0 when there was one, otherwise the whole seconds to wait, at least 1. */
  take(channelId: string): number {
    const nowMs = this.#now();
    const bucket = this.#buckets.get(channelId) ?? { tokens: this.#burst, atMs: nowMs };
    const tokens = Math.min(this.#burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * this.#perSecond);
    const isAllowed = tokens >= 1;
    this.#buckets.set(channelId, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
    return isAllowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / this.#perSecond));
  }
}
