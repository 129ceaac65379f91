import type { OwnedRun, RunEnd, StepRecord } from "../engine.ts";
import { FlowError } from "../flow-error.ts";
import type { GroupCommit } from "./group-commit.ts";
import { bodyOf, recordOf, type RunRow, type Statements } from "./run-table.ts";

export interface RunHost {
  readonly owner: string;
  readonly commits: GroupCommit;
  readonly statements: Statements;
  now(): number;
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
  /** Makes SQLite's and the system's errors the journal's. */
  reading<T>(read: () => T): T;
  /** The run is no longer in this process. */
  left(run: LocalRun): void;
}

interface Waiting {
  readonly id: string;
  readonly resolve: (body: string | undefined) => void;
}

/** A run that this process owns, in the journal. */
export class LocalRun implements OwnedRun {
  readonly id: string;
  readonly row: RunRow;
  onCancel: (() => void) | undefined;
  readonly #host: RunHost;
  readonly #lost = new AbortController();
  readonly #waiting = new Set<Waiting>();
  #isCancelled: boolean;
  /** Of the latest record; undefined before the first one of this process. */
  #seq: number | undefined;

  constructor(host: RunHost, row: RunRow) {
    this.id = row.id;
    this.row = row;
    this.#host = host;
    this.#isCancelled = row.cancel === 1;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  now(): number {
    return this.#host.now();
  }

  lookup(stepId: string): StepRecord | undefined {
    const row = this.#host.reading(() => this.#host.statements.get("step").get(this.row.n, stepId));
    return row === undefined ? undefined : recordOf(row);
  }

  record(stepId: string, record: StepRecord, begunAtMs?: number): Promise<void> {
    const { kind, state, attempt } = record;
    const atMs = this.now();
    this.#seq = (this.#seq ?? this.#lastSeq()) + 1;
    const values = [stepId, kind, state, attempt, bodyOf(record), this.#seq, begunAtMs ?? atMs, atMs] as const;
    return this.#write((n) => void this.#host.statements.get("record").run(n, ...values));
  }

  cancellationGiven(): Promise<void> {
    this.#isCancelled = false;
    return this.#write((n) => void this.#host.statements.get("cancelGiven").run(n));
  }

  sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    return this.#host.sleepUntil(atMs, signal);
  }

  async receive(signalId: string, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    let abort: () => void = () => undefined;
    let waiting: Waiting | undefined;
    try {
      return await new Promise<string | undefined>((resolve, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        waiting = { id: signalId, resolve };
        this.#waiting.add(waiting);
        this.#deliver(waiting);
      });
    } finally {
      signal.removeEventListener("abort", abort);
      if (waiting !== undefined) this.#waiting.delete(waiting);
    }
  }

  async end(end: RunEnd): Promise<void> {
    const outcome = end.status === "done" ? (end.value ?? null) : JSON.stringify(end.error);
    await this.#write((n) => void this.#host.statements.get("end").run(end.status, outcome, this.now(), n));
    this.#host.left(this);
  }

  async release(): Promise<void> {
    const { n, fence } = this.row;
    try {
      await this.#host.commits.write(() => void this.#host.statements.get("release").run(n, fence, this.#host.owner));
    } catch {
      // A journal that cannot be written: why the run stops is told already, and the lease ends by itself.
    }
    this.#host.left(this);
  }

  /** Looks at what others may have written: who owns the run, whether it is cancelled, signals. */
  refresh(): void {
    const { n, fence } = this.row;
    const { statements, owner } = this.#host;
    if (statements.get("fence").get(n, fence, owner) === undefined) {
      this.#takenOver();
      return;
    }
    if (!this.#isCancelled && statements.findRun(this.id)?.cancel === 1) this.cancel();
    for (const waiting of this.#waiting) this.#deliver(waiting);
  }

  cancel(): void {
    this.#isCancelled = true;
    this.onCancel?.();
  }

  /** The journal cannot even be read: nothing can be done here. */
  fail(error: unknown): void {
    this.#lost.abort(error);
  }

  #lastSeq(): number {
    return this.#host.reading(() => Number(this.#host.statements.get("lastSeq").get(this.row.n)?.["seq"] ?? 0));
  }

  #deliver({ id, resolve }: Waiting): void {
    const row = this.#host.reading(() => this.#host.statements.get("signal").get(this.row.n, id));
    if (row !== undefined) resolve(typeof row["body"] === "string" ? row["body"] : undefined);
  }

  /** Writes only while the run is this process's: the check and the write are one transaction. */
  #write(apply: (n: number) => void): Promise<void> {
    const { n, fence } = this.row;
    return this.#host.commits.write(() => {
      if (this.#host.statements.get("fence").get(n, fence, this.#host.owner) === undefined) throw this.#takenOver();
      apply(n);
    });
  }

  #takenOver(): FlowError {
    const error = new FlowError({
      code: "ERR_RUN_TAKEN_OVER",
      message: `Run ${this.id} was taken over by another process, for this one had been silent for longer than its lease`,
      hint: "Start it again with the same id: it is then waited for, and its result given.",
      runId: this.id,
    });
    this.#lost.abort(error);
    return error;
  }
}
