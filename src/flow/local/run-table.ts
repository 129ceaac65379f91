import { hash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RunEnd, RunRequest, StepKind, StepRecord, StoredError } from "../engine.ts";
import { FlowError } from "../flow-error.ts";

/** A row of the table of runs. */
export interface RunRow {
  readonly n: number;
  readonly id: string;
  readonly flow: string;
  readonly parent: string | null;
  readonly input: string | null;
  readonly input_digest: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly owner: string | null;
  readonly fence: number;
  readonly cancel: number;
  readonly begun_at: number;
  readonly ended_at: number | null;
  readonly pruned: number;
}

const statements = {
  run: "SELECT * FROM run WHERE id = ?",
  begin:
    "INSERT INTO run (id, flow, parent, input, input_digest, status, owner, fence, begun_at) VALUES (?, ?, ?, ?, ?, 'running', ?, 1, ?) RETURNING *",
  take: "UPDATE run SET owner = ?, fence = fence + 1, status = 'running', outcome = NULL, ended_at = NULL WHERE n = ? RETURNING *",
  forgetFailures: "DELETE FROM step WHERE run = ? AND state = 'failed'",
  fence: "SELECT 1 FROM run WHERE n = ? AND fence = ? AND owner = ?",
  end: "UPDATE run SET status = ?, outcome = ?, owner = NULL, ended_at = ? WHERE n = ?",
  release: "UPDATE run SET status = 'suspended', owner = NULL WHERE n = ? AND fence = ? AND owner = ?",
  step: "SELECT kind, state, attempt, body FROM step WHERE run = ? AND id = ?",
  steps: "SELECT id, kind, state, attempt, body, begun_at, at FROM step WHERE run = ? ORDER BY seq",
  lastSeq: "SELECT coalesce(max(seq), 0) AS seq FROM step WHERE run = ?",
  record: `INSERT INTO step (run, id, kind, state, attempt, body, seq, begun_at, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, id) DO UPDATE SET kind = excluded.kind, state = excluded.state, attempt = excluded.attempt, body = excluded.body, at = excluded.at`,
  cancel: "UPDATE run SET cancel = 1 WHERE n = ? AND cancel = 0",
  cancelGiven: "UPDATE run SET cancel = 2 WHERE n = ?",
  sendSignal: "INSERT OR IGNORE INTO signal (run, id, body) VALUES (?, ?, ?)",
  signal: "SELECT body FROM signal WHERE run = ? AND id = ?",
  beat: "INSERT OR REPLACE INTO owner (id, process, lease_until) VALUES (?, ?, ?)",
  owner: "SELECT process, lease_until FROM owner WHERE id = ?",
  leave: "DELETE FROM owner WHERE id = ? OR lease_until < ?",
  // Another number whenever another connection wrote something.
  dataVersion: "PRAGMA data_version",
  list: "SELECT * FROM run WHERE pruned = 0 AND parent IS NULL ORDER BY n DESC LIMIT ?",
} as const;

/** The statements of a journal, each compiled at its first use. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #compiled = new Map<keyof typeof statements, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  get(name: keyof typeof statements): StatementSync {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    const made = this.#db.prepare(statements[name]);
    this.#compiled.set(name, made);
    return made;
  }

  findRun(id: string): RunRow | undefined {
    return this.get("run").get(id) as unknown as RunRow | undefined;
  }
}

/** @throws FlowError ERR_RUN_ID when the id means another run */
export function refuseOtherRun(row: RunRow, { id, flow, input }: RunRequest): void {
  if (row.pruned === 1) throw idError(id, `it was ${row.status} before, and its result is no longer kept`, "Use a new id to do it again.");
  if (row.flow !== flow) throw idError(id, `it is a run of the flow ${JSON.stringify(row.flow)}`, "Use another id for this flow.");
  if (row.input_digest !== inputDigest(input))
    throw idError(id, "it was started with another input", "The same id is the same run: use another id for another input.");
}

function idError(id: string, problem: string, hint: string): FlowError {
  return new FlowError({ code: "ERR_RUN_ID", message: `Run ${id} cannot be started: ${problem}`, hint, runId: id });
}

/** The same for equal inputs, in whatever order their fields were written. */
export function inputDigest(input: string | undefined): string {
  return hash("sha256", input === undefined ? "" : JSON.stringify(sorted(JSON.parse(input))), "base64url");
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, sorted(item)]);
  // As pairs: an object would put keys that look like numbers first, which is an order too, but not with "__proto__".
  return { fields: entries.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

export function endOf(row: RunRow): RunEnd {
  if (row.status === "done") return { status: "done", value: row.outcome ?? undefined };
  const error = JSON.parse(row.outcome ?? "null") as StoredError;
  return { status: row.status === "cancelled" ? "cancelled" : "failed", error };
}

export function recordOf(row: Record<string, unknown>): StepRecord {
  const { state, kind, attempt, body } = row as { state: string; kind: StepKind; attempt: number; body: string | null };
  if (state === "done") return { state, kind, attempt, value: body ?? undefined };
  const parsed: unknown = JSON.parse(body ?? "null");
  if (state === "failed") return { state, kind, attempt, error: parsed as StoredError };
  return { state: "intent", kind, attempt, intents: parsed as Extract<StepRecord, { state: "intent" }>["intents"] };
}

export function bodyOf(record: StepRecord): string | null {
  if (record.state === "done") return record.value ?? null;
  return JSON.stringify(record.state === "failed" ? record.error : record.intents);
}
