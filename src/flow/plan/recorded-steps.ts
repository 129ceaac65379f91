import { existsSync } from "node:fs";
import type { StepRecord } from "../engine.ts";
import { journalFile } from "../local/journal-file.ts";
import type { StepSummary } from "../local/step-summary.ts";
import type { Recorded } from "./plan-run.ts";

/** What keeps runs, as far as a plan reads it: a `LocalEngine` is one. */
export interface StepReader {
  /** What a run has recorded so far. */
  steps(runId: string): readonly StepSummary[];
}

export interface RecordedSteps {
  readonly recorded: Recorded;
  readonly close: () => Promise<void>;
}

/** What was recorded of runs so far. Where there is no journal, none is made. @throws JournalError */
export async function recordedSteps(engine: StepReader | undefined, journal: string | undefined): Promise<RecordedSteps> {
  if (engine !== undefined) return { recorded: (runId) => asRecords(engine.steps(runId)), close: async () => undefined };
  const file = journalFile(journal, process.env, process.cwd());
  if (!existsSync(file)) return { recorded: () => new Map<string, StepRecord>(), close: async () => undefined };
  const { localEngine } = await import("../local/local-engine.ts");
  const local = localEngine({ journal: file });
  return { recorded: (runId) => asRecords(local.steps(runId)), close: () => local.close() };
}

function asRecords(steps: readonly StepSummary[]): ReadonlyMap<string, StepRecord> {
  return new Map(steps.map((step) => [step.id, asRecord(step)]));
}

function asRecord({ kind, attempt, state, value, error, intents }: StepSummary): StepRecord {
  if (state === "begun") return { state: "intent", kind, attempt, intents };
  if (error !== undefined) return { state: "failed", kind, attempt, error };
  return { state: "done", kind, attempt, value: value === undefined ? undefined : JSON.stringify(value) };
}
