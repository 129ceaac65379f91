import { WaitLine, type MakeReason, type Waiter } from "./wait-line.ts";

/** Leave to be under way. Give it back when done, whatever came of it; further times do nothing. */
export interface Permit {
  release(): void;
}

/**
 * At most so many at a time; the rest wait in line, first come, first served.
 *
 * Hold a permit while a request is under way, to the end of its body, and not while waiting for the next attempt.
 */
export class ConcurrencyLimit {
  readonly #limit: number;
  readonly #line = new WaitLine<Permit>();
  #running = 0;

  /** @param limit a whole number above 0: {@link resolveLimits} checks it */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Permits that are out. */
  get running(): number {
    return this.#running;
  }

  /** How many stand in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * A permit, at once where one is free.
   *
   * The promise rejects with `waiter.reason` when the waiter gives up, and with the reason of {@link close}.
   */
  acquire(waiter?: Waiter): Permit | Promise<Permit> {
    const refusal = this.#line.refusal(waiter);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (this.#running >= this.#limit) return this.#line.join(waiter);
    this.#running += 1;
    return this.#permit();
  }

  /** Rejects who stands in line and who comes later; permits that are out stay good. */
  close(makeReason: MakeReason): void {
    this.#line.close(makeReason);
  }

  #permit(): Permit {
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#passOn();
    };
    return { release };
  }

  /** From hand to hand: a place that is free for a moment could be taken by somebody who just came. */
  #passOn(): void {
    if (this.#line.length > 0) this.#line.serve(this.#permit());
    else this.#running -= 1;
  }
}
