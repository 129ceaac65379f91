import { randomUUID } from "node:crypto";
import type { GroupCommit } from "./group-commit.ts";
import { isSurelyDead, processIdentity } from "./process-identity.ts";
import type { Statements } from "./run-table.ts";

export interface LeaseInit {
  readonly statements: Statements;
  readonly commits: GroupCommit;
  readonly leaseMs: number;
  readonly now: () => number;
}

/** This process as an owner of runs: one row in the journal says that it lives, for all it owns. */
export class Lease {
  readonly owner = randomUUID();
  readonly #init: LeaseInit;
  readonly #process = processIdentity();
  #beatAtMs = 0;

  constructor(init: LeaseInit) {
    this.#init = init;
  }

  /** Says that this process lives, where that was said too long ago. Inside a transaction; `beaten()` when it is on disk. */
  beat(nowMs: number): void {
    const { statements, leaseMs } = this.#init;
    if (this.#isDue(nowMs)) statements.get("beat").run(this.owner, this.#process ?? null, nowMs + leaseMs);
  }

  beaten(atMs: number): void {
    if (this.#isDue(atMs)) this.#beatAtMs = atMs;
  }

  async renew(): Promise<void> {
    const nowMs = this.#init.now();
    if (!this.#isDue(nowMs)) return;
    await this.#init.commits.write(() => this.beat(nowMs));
    this.beaten(nowMs);
  }

  /** Whether the runs of an owner may be taken: it is known to be dead, or was silent for longer than its lease. */
  isFree(owner: string): boolean {
    const { statements, now } = this.#init;
    const row = statements.get("owner").get(owner);
    if (row === undefined || Number(row["lease_until"]) < now()) return true;
    return typeof row["process"] === "string" && isSurelyDead(row["process"]);
  }

  /** Takes the row away, and those of owners that were last heard of before a time. */
  async leave(silentSinceMs: number): Promise<void> {
    if (this.#beatAtMs === 0) return;
    const { statements, commits } = this.#init;
    await commits.write(() => void statements.get("leave").run(this.owner, silentSinceMs));
  }

  #isDue(nowMs: number): boolean {
    return nowMs - this.#beatAtMs >= this.#init.leaseMs / 3;
  }
}
