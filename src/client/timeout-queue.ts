import { performance } from "node:perf_hooks";

/** Something with a time limit; a link in the chain of those with the same limit. */
export interface TimeLimited {
  /** Monotonic milliseconds. */
  expiresAtMs: number;
  before: TimeLimited | undefined;
  after: TimeLimited | undefined;
  onExpired(): void;
}

/**
 * Time limits of one length behind one timer of Node's.
 *
 * They end in the order they began, so that a chain is enough: beginning and ending one costs no timer, which for a short call is a
 * tenth of its work. The timer holds no process up: whoever waits has a socket open, or a guard of his own.
 */
export class TimeoutQueue {
  readonly #lengthMs: number;
  #first: TimeLimited | undefined;
  #last: TimeLimited | undefined;
  #isArmed = false;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  add(member: TimeLimited, nowMs: number): void {
    member.expiresAtMs = nowMs + this.#lengthMs;
    member.before = this.#last;
    member.after = undefined;
    if (this.#last === undefined) this.#first = member;
    else this.#last.after = member;
    this.#last = member;
    if (!this.#isArmed) this.#arm(this.#lengthMs);
  }

  remove(member: TimeLimited): void {
    const { before, after } = member;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    member.before = undefined;
    member.after = undefined;
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    setTimeout(() => this.#onTimer(), delayMs).unref();
  }

  #onTimer(): void {
    this.#isArmed = false;
    const nowMs = performance.now();
    // Node's timers count in whole milliseconds and may be up to one early.
    while (this.#first !== undefined && this.#first.expiresAtMs <= nowMs + 1) {
      const expired = this.#first;
      this.remove(expired);
      expired.onExpired();
    }
    if (this.#first !== undefined) {
      if (!this.#isArmed) this.#arm(this.#first.expiresAtMs - nowMs);
    } else queues.delete(this.#lengthMs);
  }
}

const queues = new Map<number, TimeoutQueue>();

/** The queue of a length. */
export function timeoutQueue(lengthMs: number): TimeoutQueue {
  let queue = queues.get(lengthMs);
  if (queue === undefined) {
    queue = new TimeoutQueue(lengthMs);
    queues.set(lengthMs, queue);
  }
  return queue;
}
