import { runAfterChecks } from "../after/after-checks.ts";
import { applyChange, type Stored, type WriteOutcome } from "../change/apply-change.ts";
import type { DeployContext } from "../context.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { describeResult, describeRollout } from "../notify/messages.ts";
import { withoutSecrets } from "../without-secrets.ts";
import type { RolloutReport } from "../rollout/rollout-report.ts";
import type { RunRecord } from "../run-record.ts";
import type { Ended } from "./ended.ts";
import { follow } from "./follow.ts";
import { howToLook } from "./how-to-look.ts";
import { takenBy } from "./taken-by.ts";
import { undo } from "./undo.ts";

/** Patches, watches, checks, and rolls back where the file says so. */
export async function change(context: DeployContext, record: RunRecord, plan: DeployPlan): Promise<Ended> {
  const { services, steps, clock, emit } = context;
  record.phase = "writing";
  const written = await steps.step("patch", async ({ signal }) => {
    const blockedBy = await takenBy(context, signal);
    return applyChange({ plan, cluster: services.cluster, clock, signal, blockedBy });
  });
  if (written.outcome !== "stored") return notStored(context, written);
  record.phase = "rollingOut";
  const { generation, tries, warnings } = written;
  emit(plan.isAttached ? { type: "attached", what: "change", generation } : { type: "patched", generation, tries, warnings });
  record.rollout = await follow(context, "rollout", { uid: plan.uid, own: written });
  const bad = judgeRollout(context, record.rollout);
  if (bad === "complete") return checkAfter(context, record, { plan, own: written });
  if (bad !== "failed") return bad;
  const evidence = describeRollout(record.rollout);
  return undo(context, record, { plan, own: written, reason: record.rollout.message, evidence });
}

function notStored(context: DeployContext, { outcome, message }: Exclude<WriteOutcome, Stored>): Ended {
  if (outcome === "unknown")
    return { verdict: "needsPerson", reason: message, next: `See what is there: ${howToLook(context.file.target)}` };
  const next = outcome === "refused" ? "Nothing was changed." : "Nothing was changed. Look at what has changed, and run it again.";
  return { verdict: "blocked", reason: message, next };
}

/** `failed` is what `onFailure` decides about; other bad ends are not this run's to undo. */
function judgeRollout({ file }: DeployContext, { outcome, message }: RolloutReport): "complete" | "failed" | Ended {
  switch (outcome) {
    case "complete":
      return "complete";
    case "failed":
    case "timeout":
      return "failed";
    case "changedByOther":
    case "gone":
      return {
        verdict: "needsPerson",
        reason: message,
        next: `It is not rolled back, for that would undo somebody else's work. See: ${howToLook(file.target)}`,
      };
    case "unreadable":
      return { verdict: "inconclusive", reason: message, next: `The cluster goes on with the rollout. See: ${howToLook(file.target)}` };
  }
}

interface Written {
  readonly plan: DeployPlan;
  readonly own: Stored;
}

async function checkAfter(context: DeployContext, record: RunRecord, { plan, own }: Written): Promise<Ended> {
  const { file, steps } = context;
  const { after } = file;
  const seconds = record.rollout?.progress?.numbers;
  const up = seconds === undefined ? "the rollout is complete" : `${seconds.available} of ${seconds.desired} pods available`;
  if (after === undefined) return { verdict: "done", reason: up };
  record.phase = "checking";
  const report = await steps.step("checks after", async ({ signal }) => {
    await context.lease.keep(signal);
    return withoutSecrets(await runAfterChecks(context, after, signal));
  });
  record.after = report.results;
  const bad = report.results.filter(({ outcome }) => outcome !== "pass");
  const evidence = bad.map(describeResult);
  const names = bad.map(({ name }) => name).join(", ");
  if (report.outcome === "pass")
    return {
      verdict: "done",
      reason: `${up}, and ${report.rounds === 1 ? "the round" : `${report.rounds} rounds`} of checks after it passed`,
    };
  if (report.outcome === "failed") {
    return undo(context, record, {
      plan,
      own,
      reason: `the checks after the rollout failed ${after.failures} times in a row: ${names}`,
      evidence,
    });
  }
  const reason = `the rollout is complete, but the checks after it could not be judged ${after.failures} times in a row: ${names}`;
  if (file.onInconclusive === "rollback") return undo(context, record, { plan, own, reason, evidence });
  if (file.onInconclusive === "proceed") return { verdict: "done", reason: `${reason} (onInconclusive: proceed)`, evidence };
  return {
    verdict: "inconclusive",
    reason,
    evidence,
    next: "The change stays. Find out why the checks could not be asked, then look at the health.",
  };
}
