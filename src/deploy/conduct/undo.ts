import type { Stored } from "../change/apply-change.ts";
import type { DeployContext } from "../context.ts";
import { describeRollout, rollingBackMessage } from "../notify/messages.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { rollBack } from "../rollback/roll-back.ts";
import type { RunRecord } from "../run-record.ts";
import type { Ended } from "./ended.ts";
import { follow } from "./follow.ts";
import { howToLook, howToRollBack } from "./how-to-look.ts";
import { tell } from "./tell.ts";

export interface UndoInput {
  readonly plan: DeployPlan;
  readonly own: Stored;
  readonly reason: string;
  readonly evidence: readonly string[];
}

/** What `onFailure` says: stops, or rolls back and verifies that; never a second time. */
export async function undo(context: DeployContext, record: RunRecord, input: UndoInput): Promise<Ended> {
  const { file, emit, steps } = context;
  const { plan, own, reason, evidence } = input;
  if (file.onFailure === "stop") {
    const goBack = howToRollBack(steps.runId, { path: file.path, journal: undefined });
    return { verdict: "notRecovered", reason, evidence, next: `onFailure: stop. To go back: ${goBack}` };
  }
  record.phase = "failed";
  emit({
    type: "rollingBack",
    reason,
    replicaSet: plan.undo.touchesTemplate ? plan.undo.revision?.replicaSet : undefined,
    replicas: plan.undo.replicas?.from,
  });
  await tell(context, record, rollingBackMessage(record.frame, reason, evidence));
  return goBack(context, record, { plan, ownTemplateDigest: own.templateDigest, reason, evidence });
}

/** Goes on with the rollback that another process of this run has written: it is verified, and not made again. */
export async function finishUndo(context: DeployContext, record: RunRecord, plan: DeployPlan): Promise<Ended> {
  const reason = "this run's change had failed, and its rollback was under way when the run was taken up again";
  // What was written stands on the Deployment; should it be gone by now, no template is this run's any more.
  return goBack(context, record, { plan, ownTemplateDigest: "", reason, evidence: [] });
}

interface GoBack extends Omit<UndoInput, "own"> {
  readonly ownTemplateDigest: string;
}

async function goBack(context: DeployContext, record: RunRecord, input: GoBack): Promise<Ended> {
  const { file, services, steps, clock, emit } = context;
  const { plan, ownTemplateDigest, reason, evidence } = input;
  record.phase = "writingBack";
  const written = await steps.step("roll back", async ({ signal }) => {
    await context.lease.keep(signal);
    return rollBack({ plan, ownTemplateDigest, cluster: services.cluster, clock, signal });
  });
  if (written.outcome !== "stored") {
    const verdict = written.outcome === "refused" ? "notRecovered" : "needsPerson";
    return {
      verdict,
      reason: `${reason}; the rollback was not made: ${written.message}`,
      evidence,
      next: `See what is there: ${howToLook(file.target)}`,
    };
  }
  record.phase = "rollingBack";
  if (plan.found === "rolledBack") emit({ type: "attached", what: "rollback", generation: written.generation });
  record.rollback = await follow(context, "rollback", { uid: plan.uid, own: written });
  const { outcome, message } = record.rollback;
  if (outcome === "complete")
    return {
      verdict: "rolledBack",
      reason,
      evidence,
      next: "The former revision is back and up. Find out why the new one failed before you try again.",
    };
  const verdict = outcome === "changedByOther" || outcome === "gone" ? "needsPerson" : "notRecovered";
  return {
    verdict,
    reason: `${reason}; the rollback did not come up either: ${message}`,
    evidence: [...evidence, ...describeRollout(record.rollback)],
    next: `There is no second automatic rollback. See: ${howToLook(file.target)}`,
  };
}
