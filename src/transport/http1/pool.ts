import type { Cancellation } from "../cancellation.ts";
import type { CarrierPool, Established, Target } from "../carrier.ts";
import type { ProxyRoute } from "../proxy/route.ts";
import { Http1Connection, type ConnectionOwner } from "./connection.ts";
import { NextTurn } from "./next-turn.ts";

/**
 * With more requests than this under way, answers come several at a time: they are all read first, and the next requests leave together. Fewer
 * turns of the event loop, and a fifth less CPU with 50 at a time; a request by itself leaves at once, which is best for that one.
 */
const crowd = 8;

interface Waiter {
  readonly mustBeFresh: boolean;
  /** `undefined` when the pool is destroyed. */
  readonly grant: (connection: Http1Connection | undefined) => void;
}

/** The connections of one origin under one set of TLS and address settings. Callers past the limit wait in line. */
export class Http1Pool implements CarrierPool, ConnectionOwner {
  readonly #target: Target;
  readonly #max: number;
  readonly #all = new Set<Http1Connection>();
  readonly #idle: Http1Connection[] = [];
  readonly #waiting = new Set<Waiter>();
  readonly nextTurn = new NextTurn();
  #isClosing = false;

  constructor(target: Target, max: number) {
    this.#target = target;
    this.#max = max;
  }

  get route(): ProxyRoute | undefined {
    return this.#target.route;
  }

  get isCrowded(): boolean {
    return this.#all.size - this.#idle.length > crowd;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  acquire(cancellation: Cancellation, mustBeFresh: boolean): Http1Connection | Promise<Http1Connection | undefined> {
    if (mustBeFresh) this.#dropIdle();
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      idle.isBusy = true;
      return idle;
    }
    if (this.#all.size < this.#max) return this.#open();
    return this.#queue(cancellation, mustBeFresh);
  }

  /** Takes over a connection that was made for it; free for the next caller. */
  adopt(ready: Established): void {
    const connection = new Http1Connection(this.#target, this, ready);
    this.#all.add(connection);
    this.#idle.push(connection);
  }

  onFree(connection: Http1Connection): void {
    if (!this.#all.has(connection)) return;
    const next = this.#nextWaiter();
    if (next?.mustBeFresh === true) {
      this.#drop(connection);
      next.grant(this.#open());
    } else if (next !== undefined) {
      connection.isBusy = true;
      next.grant(connection);
    } else if (connection.isConnected && !this.#isClosing) {
      this.#idle.push(connection);
    } else {
      this.#drop(connection);
    }
  }

  onSpoilt(connection: Http1Connection): void {
    this.#drop(connection);
    this.#nextWaiter()?.grant(this.#open());
  }

  close(): void {
    this.#isClosing = true;
    this.#dropIdle();
  }

  destroy(): void {
    this.#isClosing = true;
    for (const waiter of this.#waiting) waiter.grant(undefined);
    this.#waiting.clear();
    for (const connection of this.#all) this.#drop(connection);
  }

  onLost(connection: Http1Connection): void {
    this.#drop(connection);
  }

  #open(): Http1Connection {
    const connection = new Http1Connection(this.#target, this);
    connection.isBusy = true;
    this.#all.add(connection);
    return connection;
  }

  #nextWaiter(): Waiter | undefined {
    const [next] = this.#waiting;
    if (next !== undefined) this.#waiting.delete(next);
    return next;
  }

  #queue(cancellation: Cancellation, mustBeFresh: boolean): Promise<Http1Connection | undefined> {
    cancellation.phase = "queue";
    return new Promise((resolve) => {
      const waiter: Waiter = {
        mustBeFresh,
        grant: (connection) => {
          cancellation.target = undefined;
          resolve(connection);
        },
      };
      cancellation.target = {
        onCancelled: () => {
          this.#waiting.delete(waiter);
          resolve(undefined);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  #dropIdle(): void {
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  #drop(connection: Http1Connection): void {
    if (!this.#all.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    connection.destroy();
  }
}
