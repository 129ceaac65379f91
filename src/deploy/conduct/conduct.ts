import type { DeployContext } from "../context.ts";
import { endingMessage } from "../notify/messages.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import type { PreflightFinding } from "../preflight/finding.ts";
import type { DeployResult } from "../result.ts";
import type { RunRecord } from "../run-record.ts";
import { checkBefore } from "./before-change.ts";
import { change } from "./change.ts";
import type { Ended } from "./ended.ts";
import { dryRun, lookFirst } from "./look-first.ts";
import { tell } from "./tell.ts";
import { finishUndo } from "./undo.ts";

/** Asked between plan and change; false ends the deploy with nothing changed. */
export type Confirm = (plan: DeployPlan, warnings: readonly PreflightFinding[]) => Promise<boolean>;

export interface ConductOptions {
  readonly planOnly?: boolean;
  /** Left out: goes on without asking. */
  readonly confirm?: Confirm;
}

/** A deploy from its begin to its end; what has become known stands in the record at any time, for whoever has to stop it. */
export async function conduct(context: DeployContext, record: RunRecord, options: ConductOptions): Promise<DeployResult> {
  record.startedAtMs = await context.steps.now();
  const ended = await decide(context, record, options);
  record.ended = ended;
  record.phase = "telling";
  const { verdict, reason, next, evidence = [], isQuiet = false } = ended;
  const message = isQuiet ? undefined : endingMessage(record.frame, { verdict, reason, next, evidence });
  if (message !== undefined) await tell(context, record, message);
  return record.result(ended);
}

async function decide(context: DeployContext, record: RunRecord, { planOnly = false, confirm }: ConductOptions): Promise<Ended> {
  const plan = await lookFirst(context, record);
  // A plan disturbs nobody.
  if ("verdict" in plan) return { ...plan, isQuiet: planOnly };
  if (planOnly) return { ...(await dryRun(context, record, plan)), isQuiet: true };
  if (plan.found === "rolledBack") return finishUndo(context, record, plan);
  if (plan.isAttached) return change(context, record, plan);
  // A step also where nobody is asked: whoever resumes the run is not asked about what was decided.
  const isConfirmed = await context.steps.step("confirm", async () => confirm === undefined || confirm(plan, record.findings));
  if (!isConfirmed) return { verdict: "blocked", reason: "it was not confirmed", next: "Nothing was changed.", isQuiet: true };
  return (await checkBefore(context, record)) ?? change(context, record, plan);
}
