import type { DatabaseSync } from "node:sqlite";
import { FlowError } from "../flow-error.ts";
import { asJournalError, sqliteCode } from "./journal-fault.ts";

interface Pending {
  readonly apply: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
/** Between two tries for a lock other work goes on. */
const lockPauseMs = 20;

export interface GroupCommitInit {
  readonly db: DatabaseSync;
  readonly file: string;
  /** How long a locked file is waited for. */
  readonly lockTimeoutMs: number;
}

/** All writes of one turn of the event loop in one transaction: one wait for the disk, however many steps ended. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #file: string;
  #pending: Pending[] = [];
  #isScheduled = false;
  readonly #lockTimeoutMs: number;
  #lockedSinceMs: number | undefined;
  #onIdle: (() => void)[] = [];

  constructor({ db, file, lockTimeoutMs }: GroupCommitInit) {
    this.#db = db;
    this.#file = file;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /**
   * Does something in the next transaction; resolves when it is on disk.
   * @param apply throws a FlowError before it writes, to be refused without the others
   */
  write<T>(apply: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ apply, resolve, reject });
      this.#schedule();
    });
  }

  /** Waits for what is on its way to the disk. */
  async idle(): Promise<void> {
    if (!this.#isScheduled) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#commit());
  }

  #commit(): void {
    const batch = this.#pending;
    this.#pending = [];
    this.#isScheduled = false;
    try {
      const settled = this.#transaction(batch);
      this.#lockedSinceMs = undefined;
      for (const settle of settled) settle();
    } catch (error) {
      if (this.#isWorthWaiting(error)) this.#later(batch);
      else for (const { reject } of batch) reject(asJournalError(this.#file, error));
    }
    if (this.#isScheduled) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #transaction(batch: readonly Pending[]): readonly (() => void)[] {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const settled = batch.map(({ apply, resolve, reject }) => {
        try {
          const value = apply() as never;
          return () => resolve(value);
        } catch (error) {
          if (error instanceof FlowError) return () => reject(error);
          throw error;
        }
      });
      this.#db.exec("COMMIT");
      return settled;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #isWorthWaiting(error: unknown): boolean {
    const code = sqliteCode(error);
    if (code !== SQLITE_BUSY && code !== SQLITE_LOCKED) return false;
    this.#lockedSinceMs ??= performance.now();
    if (performance.now() - this.#lockedSinceMs < this.#lockTimeoutMs) return true;
    this.#lockedSinceMs = undefined;
    return false;
  }

  #later(batch: Pending[]): void {
    this.#pending = [...batch, ...this.#pending];
    this.#isScheduled = true;
    setTimeout(() => this.#commit(), lockPauseMs);
  }
}
