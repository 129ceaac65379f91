import type { StoredError } from "../engine.ts";
import { fromStored } from "../stored-value.ts";
import { endOf, type RunRow } from "./run-table.ts";

/** What the journal tells of a run. */
export interface RunSummary {
  readonly id: string;
  readonly flow: string;
  /** `interrupted`: its process died, or was silent for longer than its lease. */
  readonly status: "running" | "interrupted" | "suspended" | "done" | "failed" | "cancelled";
  /** A cancellation was asked for, and not yet given to a step. */
  readonly isCancelling: boolean;
  /** What it was started with; undefined once pruned. */
  readonly input: unknown;
  /** Of a run that is done; undefined is a value too. */
  readonly value: unknown;
  /** Of a run that failed or was cancelled. */
  readonly error: StoredError | undefined;
  readonly begunAt: Date;
  /** Undefined while it goes on. */
  readonly endedAt: Date | undefined;
  /** Only the id is kept. */
  readonly isPruned: boolean;
}

/** @param isFree whether nobody has it */
export function summaryOf(row: RunRow, isFree: boolean): RunSummary {
  const isEnded = row.ended_at !== null;
  const end = isEnded && row.pruned === 0 ? endOf(row) : undefined;
  return {
    id: row.id,
    flow: row.flow,
    status: row.status === "running" && isFree ? "interrupted" : (row.status as RunSummary["status"]),
    isCancelling: !isEnded && row.cancel === 1,
    input: row.input === null ? undefined : JSON.parse(row.input),
    value: end?.status === "done" ? fromStored(end.value) : undefined,
    error: end === undefined || end.status === "done" ? undefined : end.error,
    begunAt: new Date(row.begun_at),
    endedAt: row.ended_at === null ? undefined : new Date(row.ended_at),
    isPruned: row.pruned === 1,
  };
}
