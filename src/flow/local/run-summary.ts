import type { RunRow } from "./run-table.ts";

/** What the journal tells of a run. */
export interface RunSummary {
  readonly id: string;
  readonly flow: string;
  /** `running` is also said of a run whose process died, until another takes it up. */
  readonly status: "running" | "suspended" | "done" | "failed" | "cancelled";
  /** What it was started with; undefined once pruned. */
  readonly input: unknown;
  readonly begunAt: Date;
  /** Undefined while it goes on. */
  readonly endedAt: Date | undefined;
  /** Only the id is kept. */
  readonly isPruned: boolean;
}

export function summaryOf(row: RunRow): RunSummary {
  return {
    id: row.id,
    flow: row.flow,
    status: row.status as RunSummary["status"],
    input: row.input === null ? undefined : JSON.parse(row.input),
    begunAt: new Date(row.begun_at),
    endedAt: row.ended_at === null ? undefined : new Date(row.ended_at),
    isPruned: row.pruned === 1,
  };
}
