import type { RequestError } from "../errors/index.ts";

/** What somebody who gives up waiting calls. */
export interface Leaver {
  onCancelled(reason: RequestError): void;
}

/**
 * Somebody who waits, and may give up for a reason of their own: an abort, a deadline.
 *
 * The transport's `Cancellation` is one. While it stands in a line, `target` is its place there.
 */
export interface Waiter {
  /** Set once it gave up. */
  readonly reason: RequestError | undefined;
  target: Leaver | undefined;
}

/** Makes the error of one waiter: each gets its own, for a call adds its attempts to it. */
export type MakeReason = () => RequestError;

interface Place<T> extends Leaver {
  readonly waiter: Waiter | undefined;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: RequestError) => void;
  before: Place<T> | undefined;
  after: Place<T> | undefined;
}

/**
 * A line of waiters, first come, first served; anybody can leave it at any time.
 *
 * Linked, for leaving from the middle and serving the first must cost the same however long it is (a Set keeps holes at its front).
 */
export class WaitLine<T> {
  readonly #onEmptied: (() => void) | undefined;
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;
  #length = 0;
  #closed: MakeReason | undefined;

  /** @param onEmptied the last one left without having been served */
  constructor(onEmptied?: () => void) {
    this.#onEmptied = onEmptied;
  }

  get length(): number {
    return this.#length;
  }

  /** Why nobody may come in, if so: the line is closed, or the waiter gave up already. */
  refusal(waiter: Waiter | undefined): RequestError | undefined {
    return waiter?.reason ?? this.#closed?.();
  }

  /** Resolves when served; rejects with the waiter's reason when it gives up, or when the line is closed. */
  join(waiter: Waiter | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const place: Place<T> = {
        waiter,
        resolve,
        reject,
        before: this.#last,
        after: undefined,
        onCancelled: (reason) => this.#leave(place, reason),
      };
      if (this.#last === undefined) this.#first = place;
      else this.#last.after = place;
      this.#last = place;
      this.#length += 1;
      if (waiter !== undefined) waiter.target = place;
    });
  }

  /** Gives the value to the first in line; does nothing when there is none. */
  serve(value: T): void {
    const place = this.#first;
    if (place === undefined) return;
    this.#remove(place);
    place.resolve(value);
  }

  /** Sends everybody away, now and from now on. */
  close(makeReason: MakeReason): void {
    this.#closed ??= makeReason;
    while (this.#first !== undefined) this.#leave(this.#first, makeReason());
  }

  #leave(place: Place<T>, reason: RequestError): void {
    this.#remove(place);
    place.reject(reason);
    if (this.#length === 0) this.#onEmptied?.();
  }

  #remove(place: Place<T>): void {
    const { before, after, waiter } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    this.#length -= 1;
    // Whoever gives up from now on is no longer of this line.
    if (waiter?.target === place) waiter.target = undefined;
  }
}
