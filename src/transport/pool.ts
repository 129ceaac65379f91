import { Connection, type Target } from "./connection.ts";
import type { Cancellation } from "./cancellation.ts";
import type { ProxyRoute } from "./proxy-route.ts";

interface Waiter {
  readonly mustBeFresh: boolean;
  /** `undefined` when the pool is destroyed. */
  readonly grant: (connection: Connection | undefined) => void;
}

/** The connections of one origin under one set of TLS and address settings. Callers past the limit wait in line. */
export class Pool {
  readonly #target: Target;
  readonly #max: number;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Waiter>();
  #isClosing = false;

  constructor(target: Target, max: number) {
    this.#target = target;
    this.#max = max;
  }

  get route(): ProxyRoute | undefined {
    return this.#target.route;
  }

  /** No connection is open and nobody waits for one. */
  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** A connection at once when one is idle or may be opened, else a promise of the next free one; `undefined` when cancelled or destroyed. */
  acquire(cancellation: Cancellation, mustBeFresh: boolean): Connection | Promise<Connection | undefined> {
    if (mustBeFresh) this.#dropIdle();
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      idle.isBusy = true;
      return idle;
    }
    if (this.#all.size < this.#max) return this.#open();
    return this.#queue(cancellation, mustBeFresh);
  }

  /** Takes back a connection whose exchange succeeded. */
  release(connection: Connection): void {
    if (connection.isSending) {
      // After an early answer the rest of the request would stand before the next one, and its server may never read it (RFC 9112 9.3).
      this.discard(connection);
      return;
    }
    connection.isBusy = false;
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

  /** Gives up a connection whose exchange failed or was cancelled: its state is unknown. */
  discard(connection: Connection): void {
    connection.isBusy = false;
    this.#drop(connection);
    this.#nextWaiter()?.grant(this.#open());
  }

  /** Drops what is idle; busy connections end with their exchange. */
  close(): void {
    this.#isClosing = true;
    this.#dropIdle();
  }

  /** Drops everything; exchanges in flight fail. */
  destroy(): void {
    this.#isClosing = true;
    for (const waiter of this.#waiting) waiter.grant(undefined);
    this.#waiting.clear();
    for (const connection of this.#all) this.#drop(connection);
  }

  #open(): Connection {
    const connection = new Connection(this.#target, (lost) => this.#drop(lost));
    connection.isBusy = true;
    this.#all.add(connection);
    return connection;
  }

  #nextWaiter(): Waiter | undefined {
    const [next] = this.#waiting;
    if (next !== undefined) this.#waiting.delete(next);
    return next;
  }

  #queue(cancellation: Cancellation, mustBeFresh: boolean): Promise<Connection | undefined> {
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

  #drop(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    connection.destroy();
  }
}
