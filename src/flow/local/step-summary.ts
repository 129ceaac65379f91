import type { Intent, StepKind, StoredError } from "../engine.ts";
import { fromStored } from "../stored-value.ts";
import { recordOf } from "./run-table.ts";

/** What the journal tells of one place of a run. */
export interface StepSummary {
  /** The place, e.g. `posts[7]/count`. Ids that end in `[]` or `#until` are the keys of a list, and the end of a sleep. */
  readonly id: string;
  readonly kind: StepKind;
  /** `begun`: requests have left and their outcome is not known, or a signal is waited for. */
  readonly state: "begun" | "done" | "failed";
  readonly attempt: number;
  /** Of a step that was done; undefined is a value too. */
  readonly value: unknown;
  /** Of a step that failed. */
  readonly error: StoredError | undefined;
  /** Of a step that was begun: its requests, redacted. */
  readonly intents: readonly Intent[];
  readonly begunAt: Date;
  /** When this was recorded. */
  readonly recordedAt: Date;
}

export function stepSummaryOf(row: Record<string, unknown>): StepSummary {
  const record = recordOf(row);
  const { kind, attempt, state } = record;
  return {
    id: String(row["id"]),
    kind,
    state: state === "intent" ? "begun" : state,
    attempt,
    value: state === "done" ? fromStored(record.value) : undefined,
    error: state === "failed" ? record.error : undefined,
    intents: state === "intent" ? record.intents : [],
    begunAt: new Date(Number(row["begun_at"])),
    recordedAt: new Date(Number(row["at"])),
  };
}
