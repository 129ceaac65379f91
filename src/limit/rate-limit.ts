import { systemClock, type Clock } from "./clock.ts";
import type { Rate } from "./rate-option.ts";
import { WaitLine, type MakeReason, type Waiter } from "./wait-line.ts";

/** Sums of thirds do not come out even: without it the last token of a full bucket would sometimes be a timer away. It does not add up. */
const graceMs = 0.001;

/**
 * A token bucket that fills evenly: `burst` at once, then one every `per / limit`; the rest wait in line, first come, first served.
 *
 * Take one for each attempt, right before it starts: a token that is kept for later breaks the rate when it is used. In any stretch of
 * time T no more than `burst + T * limit / per` are given. Kept as one number, the time at which the bucket is full again (the virtual
 * scheduling of GCRA, ITU-T I.371), so that there is nothing to refill and no timer but that of the first in line.
 */
export class RateLimit {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** How far from full the bucket may be and still have a token. */
  readonly #toleranceMs: number;
  readonly #line = new WaitLine<void>(() => this.#disarm());
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  /** @param rate as {@link parseRate} gives it */
  constructor(rate: Rate, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#intervalMs = rate.perMs / rate.limit;
    this.#toleranceMs = (rate.burst - 1) * this.#intervalMs;
  }

  /** How many stand in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Takes a token, at once where there is one and nobody waits.
   *
   * The promise rejects, and no token is taken, with `waiter.reason` when the waiter gives up, and with the reason of {@link close}.
   */
  acquire(waiter?: Waiter): void | Promise<void> {
    const refusal = this.#line.refusal(waiter);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (this.#line.length === 0 && this.#tryTake()) return;
    const turn = this.#line.join(waiter);
    if (this.#cancelTimer === undefined) this.#arm();
    return turn;
  }

  /** Rejects who stands in line and who comes later. */
  close(makeReason: MakeReason): void {
    this.#line.close(makeReason);
  }

  #tryTake(): boolean {
    const nowMs = this.#clock.now();
    if (this.#fullAtMs - nowMs > this.#toleranceMs + graceMs) return false;
    this.#fullAtMs = Math.max(nowMs, this.#fullAtMs) + this.#intervalMs;
    return true;
  }

  #arm(): void {
    const waitMs = this.#fullAtMs - this.#toleranceMs - this.#clock.now();
    // Timers know whole milliseconds only, and may fire early by part of one: then the line is looked at again.
    this.#cancelTimer = this.#clock.schedule(() => this.#serve(), Math.max(1, Math.ceil(waitMs)));
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #serve(): void {
    this.#cancelTimer = undefined;
    while (this.#line.length > 0 && this.#tryTake()) this.#line.serve();
    if (this.#line.length > 0) this.#arm();
  }
}
