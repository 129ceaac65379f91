import { InvalidRequestError } from "../../errors/index.ts";
import type { LocalEngine, StepSummary } from "../../flow/index.ts";
import type { Stored, WriteOutcome } from "../change/apply-change.ts";
import type { DeployFile } from "../file/deploy-file.ts";
import { deployFlowName, type DeployInput } from "../recorded/deploy-input.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";

/** What a run is known to have written. */
export interface WrittenByRun {
  readonly plan: DeployPlan;
  /** Of the template that its patch left. */
  readonly templateDigest: string;
}

/** A deploy as the journal tells of it. */
export interface RecordedRun {
  readonly file: DeployFile;
  readonly context: string | undefined;
  /** It was interrupted, and no process has it: its lease is nobody's. */
  readonly isSuspended: boolean;
  /** Undefined when it did not get so far, or was cut off while writing. */
  readonly written: WrittenByRun | undefined;
  /** Why it is certain that it changed nothing. */
  readonly unchanged: string | undefined;
}

/** Undefined when the journal has no such run, or no longer what it was started with. @throws InvalidRequestError for a run of another flow */
export function recordedRun(engine: LocalEngine, runId: string): RecordedRun | undefined {
  const summary = engine.find(runId);
  if (summary === undefined) return undefined;
  if (summary.flow !== deployFlowName) {
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: `the run ${runId} is no deploy but a run of ${JSON.stringify(summary.flow)}`,
      hint: "errand runs lists the runs of this journal.",
    });
  }
  if (!isDeployInput(summary.input)) return undefined;
  const { file, context } = summary.input;
  return {
    file,
    context,
    isSuspended: summary.status === "suspended" || summary.status === "interrupted",
    ...writtenBy(engine.steps(runId)),
  };
}

function writtenBy(steps: readonly StepSummary[]): Pick<RecordedRun, "written" | "unchanged"> {
  const patch = steps.find(({ id }) => id === "patch");
  if (patch === undefined) return { written: undefined, unchanged: "it ended, or was interrupted, before its change" };
  const plan = planOf(steps.find(({ id }) => id === "preflight")?.value);
  const outcome = outcomeOf(patch.value);
  if (outcome === undefined || plan === undefined || outcome.outcome === "unknown") return { written: undefined, unchanged: undefined };
  return isStored(outcome)
    ? { written: { plan, templateDigest: outcome.templateDigest }, unchanged: undefined }
    : { written: undefined, unchanged: outcome.message };
}

function isDeployInput(value: unknown): value is DeployInput {
  return isRecord(value) && isRecord(value["file"]) && isRecord(value["file"]["target"]) && isRecord(value["file"]["rollout"]);
}

function planOf(value: unknown): DeployPlan | undefined {
  return isRecord(value) && isPlan(value["plan"]) ? value["plan"] : undefined;
}

function isPlan(value: unknown): value is DeployPlan {
  return isRecord(value) && typeof value["uid"] === "string" && typeof value["changeDigest"] === "string" && isRecord(value["undo"]);
}

function outcomeOf(value: unknown): WriteOutcome | undefined {
  return isOutcome(value) ? value : undefined;
}

function isOutcome(value: unknown): value is WriteOutcome {
  return isRecord(value) && typeof value["outcome"] === "string";
}

function isStored(outcome: WriteOutcome): outcome is Stored {
  return outcome.outcome === "stored";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The run by which a run is rolled back: the one that goes on, or a new one. Those that ended stay what they were. */
export function rollbackRunId(engine: LocalEngine, runId: string): string {
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? `${runId}.rollback` : `${runId}.rollback.${count}`;
    const found = engine.find(id);
    if (found === undefined || (found.endedAt === undefined && !found.isPruned)) return id;
  }
}
