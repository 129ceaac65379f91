import type { DatabaseSync } from "node:sqlite";
import { InvalidRequestError } from "../../errors/index.ts";
import { durationMs, type Duration } from "../../retry/index.ts";
import type { Begun, Engine, RunRequest } from "../engine.ts";
import { FlowError } from "../flow-error.ts";
import { refuseUnknown } from "../step-options.ts";
import { toStored } from "../stored-value.ts";
import { GroupCommit } from "./group-commit.ts";
import { asJournalError } from "./journal-fault.ts";
import { journalFile } from "./journal-file.ts";
import { LocalRun, type RunHost } from "./local-run.ts";
import { Lease } from "./lease.ts";
import { openJournal } from "./open-journal.ts";
import { pruneRuns } from "./prune-runs.ts";
import { endOf, inputDigest, refuseOtherRun, Statements, type RunRow } from "./run-table.ts";
import { summaryOf, type RunSummary } from "./run-summary.ts";
import { sleepUntil } from "./sleep-until.ts";
import { stepSummaryOf, type StepSummary } from "./step-summary.ts";

/** How this machine keeps runs. */
export interface LocalEngineOptions {
  /** The journal's file; `":memory:"` keeps nothing beyond the engine. @default `$ERRAND_HOME/runs.db`, else `.errand/runs.db` of the project */
  readonly journal?: string;
  /** Makes the file where there is none. `false` is for looking at runs: a missing file is then an error. @default true */
  readonly create?: boolean;
  /** After so long a silence of the process that has a run, another may take it over. One that is known to be dead is not waited for. @default "10s" */
  readonly lease?: Duration;
  /** How long ended runs are kept; their ids stay taken for ever. @default "30d" */
  readonly retention?: Duration;
  /** How many ended runs are kept at most. @default 1000 */
  readonly keep?: number;
  /** How long a journal that another program has locked is waited for. @default "5s" */
  readonly lockTimeout?: Duration;
  /** @internal */
  readonly clock?: EngineClock;
}

/** Time as the engine sees it; tests give their own. */
export interface EngineClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
}

const systemClock: EngineClock = { now: Date.now, sleepUntil };
const optionNames: ReadonlySet<string> = new Set(["journal", "create", "lease", "retention", "keep", "lockTimeout", "clock"]);
/** How often is looked whether another process wrote something. */
const pollMs = 100;
const pruneBatch = 100;
const aCenturyMs = 36_525 * 86_400_000;

/** Runs of this machine, in one SQLite file; made by `localEngine()`. */
export class LocalEngine implements Engine {
  readonly file: string;
  readonly #db: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #statements: Statements;
  readonly #clock: EngineClock;
  readonly #lease: Lease;
  readonly #tickMs: number;
  readonly #retentionMs: number;
  readonly #keep: number;
  readonly #host: RunHost;
  readonly #owned = new Map<string, LocalRun>();
  /** Asked for, and not committed yet. */
  readonly #beginning = new Set<string>();
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #dataVersion: unknown;

  /** @throws JournalError, InvalidRequestError */
  constructor(options: LocalEngineOptions = {}) {
    refuseUnknown(options, optionNames, "");
    const { journal, create = true, lease = 10_000, retention = "30d", keep = 1000, lockTimeout = 5000, clock = systemClock } = options;
    this.#clock = clock;
    const leaseMs = Math.max(10, durationMs(lease, "lease"));
    this.#tickMs = Math.min(pollMs, leaseMs / 3);
    this.#retentionMs = durationMs(retention, "retention", { maxMs: aCenturyMs });
    if (!Number.isInteger(keep) || keep < 1)
      throw new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: "keep takes a whole number from 1" });
    this.#keep = keep;
    this.file = journalFile(journal, process.env, process.cwd());
    const lockTimeoutMs = durationMs(lockTimeout, "lockTimeout");
    this.#db = openJournal(this.file, { lockTimeoutMs, create });
    this.#commits = new GroupCommit({ db: this.#db, file: this.file, lockTimeoutMs });
    this.#statements = new Statements(this.#db);
    this.#lease = new Lease({ statements: this.#statements, commits: this.#commits, leaseMs, now: () => clock.now() });
    this.#host = {
      owner: this.#lease.owner,
      commits: this.#commits,
      statements: this.#statements,
      now: () => clock.now(),
      sleepUntil: (atMs, signal) => clock.sleepUntil(atMs, signal),
      reading: (read) => this.#reading(read),
      left: (run) => this.#left(run),
    };
  }

  /** For `flow.start`. */
  async begin(request: RunRequest): Promise<Begun> {
    const { id } = request;
    if (this.#beginning.has(id)) return { state: "elsewhere" };
    this.#beginning.add(id);
    try {
      const nowMs = this.#clock.now();
      const row = await this.#commits.write(() => this.#begin(request, nowMs));
      if (row === undefined) return { state: "elsewhere" };
      if (row.owner !== this.#lease.owner) return { state: "ended", end: endOf(row) };
      this.#lease.beaten(nowMs);
      const run = new LocalRun(this.#host, row);
      this.#owned.set(id, run);
      this.#watch();
      return { state: "owned", run };
    } finally {
      this.#beginning.delete(id);
    }
  }

  /** For `flow.start`. */
  async changed(id: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    let look: () => void = () => undefined;
    let abort: () => void = () => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        abort = () => reject(signal?.reason);
        signal?.addEventListener("abort", abort, { once: true });
        look = () => {
          if (this.#owned.has(id) || this.#beginning.has(id)) return;
          const row = this.#statements.findRun(id);
          if (row === undefined || row.owner === null || this.#lease.isFree(row.owner)) resolve();
        };
        this.#watchers.add(look);
        this.#watch();
        look();
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#watchers.delete(look);
      this.#unwatch();
    }
  }

  /**
   * Sends a value to a run that waits for it, now or later: `run.signal(name)`. The first one counts: false when one was sent before.
   * @throws FlowError ERR_RUN_ID when there is no such run, or it has ended
   */
  async signal(runId: string, name: string, value?: unknown): Promise<boolean> {
    const body = toStored(value, `The signal ${name} of run ${runId}`) ?? null;
    const { changes } = await this.#commits.write(() => this.#statements.get("sendSignal").run(this.#living(runId).n, name, body));
    this.#owned.get(runId)?.refresh();
    return Number(changes) > 0;
  }

  /**
   * Ends a run: its step in flight, or the next one, fails with ERR_RUN_CANCELLED, and what the flow does in `finally` is done. A run that no
   * process has is cancelled when it is next started.
   * @throws FlowError ERR_RUN_ID when there is no such run, or it has ended
   */
  async cancel(runId: string): Promise<void> {
    await this.#commits.write(() => void this.#statements.get("cancel").run(this.#living(runId).n));
    this.#owned.get(runId)?.refresh();
  }

  /** What is known of a run; undefined when there is none. */
  find(runId: string): RunSummary | undefined {
    return this.#reading(() => {
      const row = this.#statements.findRun(runId);
      return row === undefined ? undefined : this.#summary(row);
    });
  }

  /** The latest runs, the last one first; those that another run called are left out. */
  runs(limit = 100): readonly RunSummary[] {
    return this.#reading(() => (this.#statements.get("list").all(limit) as unknown as RunRow[]).map((row) => this.#summary(row)));
  }

  /** What a run has recorded so far, in that order; none when there is no such run, or it was pruned. */
  steps(runId: string): readonly StepSummary[] {
    return this.#reading(() => {
      const row = this.#statements.findRun(runId);
      return row === undefined ? [] : this.#statements.get("steps").all(row.n).map(stepSummaryOf);
    });
  }

  /** Takes away what runs recorded that ended longer ago than `retention`, or before the last `keep`. Returns how many. */
  async prune(): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await this.#prune();
      total += count;
      if (count < pruneBatch) return total;
    }
  }

  /** Closes the journal. Runs that go on are left to their lease. */
  async close(): Promise<void> {
    if (!this.#db.isOpen) return;
    await this.#commits.idle();
    clearInterval(this.#timer);
    this.#timer = undefined;
    // Not even the row of a process that ended is worth an error.
    if (this.#owned.size === 0) await this.#lease.leave(this.#clock.now() - this.#retentionMs).catch(() => undefined);
    if (this.#db.isOpen) this.#db.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(request: RunRequest, nowMs: number): RunRow | undefined {
    const { id, flow, parent, input, again } = request;
    const row = this.#statements.findRun(id);
    if (row === undefined) {
      this.#lease.beat(nowMs);
      const values = [id, flow, parent ?? null, input ?? null, inputDigest(input), this.#lease.owner, nowMs] as const;
      return this.#statements.get("begin").get(...values) as unknown as RunRow;
    }
    refuseOtherRun(row, request);
    const isEnded = row.ended_at !== null;
    if (isEnded && (row.status !== "failed" || !again)) return row;
    if (this.#owned.has(id)) return undefined;
    if (row.owner !== null && row.owner !== this.#lease.owner && !this.#lease.isFree(row.owner)) return undefined;
    this.#lease.beat(nowMs);
    if (isEnded) this.#statements.get("forgetFailures").run(row.n);
    return this.#statements.get("take").get(this.#lease.owner, row.n) as unknown as RunRow;
  }

  #living(runId: string): RunRow {
    const row = this.#statements.findRun(runId);
    if (row !== undefined && row.ended_at === null) return row;
    const problem = row === undefined ? "there is none of this id in the journal" : `it is ${row.status}`;
    throw new FlowError({ code: "ERR_RUN_ID", message: `Run ${runId} cannot be reached: ${problem} (${this.file})`, runId });
  }

  #summary(row: RunRow): RunSummary {
    const isFree = row.owner === null || (!this.#owned.has(row.id) && this.#lease.isFree(row.owner));
    return summaryOf(row, isFree);
  }

  #left(run: LocalRun): void {
    this.#owned.delete(run.id);
    this.#unwatch();
    this.#notify();
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs);
  }

  #unwatch(): void {
    if (this.#owned.size > 0 || this.#watchers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    try {
      // Failing to renew is no reason to stop: the next write of a run tells.
      if (this.#owned.size > 0) this.#lease.renew().catch(() => undefined);
      const version: unknown = this.#statements.get("dataVersion").get()?.["data_version"];
      if (version !== this.#dataVersion) for (const run of this.#owned.values()) run.refresh();
      this.#dataVersion = version;
      this.#notify();
    } catch (error) {
      for (const run of this.#owned.values()) run.fail(asJournalError(this.file, error));
    }
  }

  #notify(): void {
    for (const look of this.#watchers) look();
  }

  #prune(): Promise<number> {
    const limits = { endedBefore: this.#clock.now() - this.#retentionMs, keep: this.#keep, batch: pruneBatch };
    return this.#commits.write(() => pruneRuns(this.#db, limits));
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw asJournalError(this.file, error);
    }
  }
}

/**
 * Runs of this machine, in one SQLite file (Node's own SQLite). Close it when done.
 *
 * @throws JournalError when the file cannot be used
 */
export function localEngine(options: LocalEngineOptions = {}): LocalEngine {
  return new LocalEngine(options);
}
