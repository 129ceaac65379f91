import { describeError, hintOf } from "../cluster/write-failure.ts";
import type { Ended } from "../conduct/ended.ts";
import { follow } from "../conduct/follow.ts";
import { howToLook } from "../conduct/how-to-look.ts";
import { takenBy } from "../conduct/taken-by.ts";
import type { DeployContext } from "../context.ts";
import type { Confirm } from "../conduct/conduct.ts";
import { describeRollout, returnMessage } from "../notify/messages.ts";
import { sendMessage } from "../notify/notifier.ts";
import { leaseFindings } from "../preflight/lease-findings.ts";
import type { PreflightFinding } from "../preflight/finding.ts";
import type { RunRecord } from "../run-record.ts";
import { examineRun, type Examined } from "./examine-run.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { rollBack } from "./roll-back.ts";

export interface RollbackOrder {
  /** The run that is rolled back. */
  readonly runId: string;
  readonly recorded: RecordedRun | undefined;
  readonly confirm: Confirm | undefined;
}

/** Takes back what a run changed, and tells of it. */
export async function conductRollback(context: DeployContext, record: RunRecord, order: RollbackOrder): Promise<Ended> {
  const ended = await carryOut(context, record, order);
  const { verdict, reason, next, evidence = [] } = ended;
  const message = returnMessage(record.frame, { verdict, reason, next, evidence });
  if (message !== undefined) record.addNotifications(await sendMessage(context, message));
  return ended;
}

async function carryOut(context: DeployContext, record: RunRecord, order: RollbackOrder): Promise<Ended> {
  const { steps, emit } = context;
  const { runId, confirm } = order;
  const { examined, findings } = await steps.step("look", ({ signal }) => look(context, order, signal));
  record.findings = findings;
  const block = findings.find(({ level }) => level === "block");
  emit({ type: "preflight", findings, isBlocked: block !== undefined });
  if (block !== undefined) return { verdict: "blocked", reason: block.message, next: block.remedy };
  if (examined.kind === "nothingToDo") return { verdict: "nothingToDo", reason: examined.reason };
  if (examined.kind === "blocked") return { verdict: "blocked", reason: examined.finding.message, next: examined.finding.remedy };
  record.plan = examined.plan;
  const { undo } = examined.plan;
  const isConfirmed = examined.isWritten || confirm === undefined || (await steps.step("confirm", () => confirm(examined.plan, findings)));
  if (!isConfirmed) return { verdict: "blocked", reason: "it was not confirmed", next: "Nothing was changed." };
  emit({
    type: "rollingBack",
    reason: `the run ${runId} is taken back`,
    replicaSet: undo.touchesTemplate ? undo.revision?.replicaSet : undefined,
    replicas: undo.replicas?.from,
  });
  return writeBack(context, record, { examined, runId });
}

interface Look {
  readonly examined: Examined;
  readonly findings: readonly PreflightFinding[];
}

async function look(
  { services: { cluster }, file: { target }, steps }: DeployContext,
  order: RollbackOrder,
  signal: AbortSignal,
): Promise<Look> {
  const { runId, recorded } = order;
  if (recorded?.unchanged !== undefined)
    return { examined: { kind: "nothingToDo", reason: `the run ${runId} changed nothing: ${recorded.unchanged}` }, findings: [] };
  try {
    const [snapshot, lease] = await Promise.all([
      cluster.snapshot(target, signal),
      leaseFindings({ target, cluster, runIds: [steps.runId, ...(recorded?.isSuspended === true ? [runId] : [])], signal, denied: [] }),
    ]);
    const examined = examineRun({ runId, target, snapshot, written: recorded?.written });
    return { examined, findings: [...(examined.kind === "blocked" ? [examined.finding] : []), ...lease] };
  } catch (error) {
    signal.throwIfAborted();
    const message = `the cluster ${cluster.name} cannot be read: ${describeError(error)}`;
    const remedy = hintOf(error) ?? "Check the cluster's address, the network and the credentials.";
    const finding: PreflightFinding = { level: "block", about: "cluster", message, remedy };
    return { examined: { kind: "blocked", finding }, findings: [finding] };
  }
}

interface Ready {
  readonly examined: Extract<Examined, { readonly kind: "ready" }>;
  readonly runId: string;
}

async function writeBack(context: DeployContext, record: RunRecord, { examined, runId }: Ready): Promise<Ended> {
  const { services, steps, clock, file } = context;
  const { plan, ownTemplateDigest } = examined;
  const see = `See what is there: ${howToLook(file.target)}`;
  record.phase = "writingBack";
  const written = await steps.step("roll back", async ({ signal }) => {
    const blockedBy = await takenBy(context, signal);
    return rollBack({ plan, ownTemplateDigest, cluster: services.cluster, clock, signal, blockedBy });
  });
  if (written.outcome === "unknown") return { verdict: "needsPerson", reason: written.message, next: see };
  if (written.outcome !== "stored") return { verdict: "blocked", reason: written.message, next: `Nothing was changed. ${see}` };
  record.phase = "rollingBack";
  record.rollback = await follow(context, "rollback", { uid: plan.uid, own: written });
  const { outcome, message, progress } = record.rollback;
  if (outcome === "complete") {
    const numbers = progress?.numbers;
    const up = numbers === undefined ? "" : `: ${numbers.available} of ${numbers.desired} pods available`;
    return examined.isWritten
      ? { verdict: "nothingToDo", reason: `the run ${runId} was rolled back already${up}` }
      : { verdict: "done", reason: `what was there before the run ${runId} is back${up}` };
  }
  const isOfOthers = outcome === "changedByOther" || outcome === "gone";
  return {
    verdict: isOfOthers ? "needsPerson" : "notRecovered",
    reason: `the rollback of the run ${runId} did not come up: ${message}`,
    evidence: describeRollout(record.rollback),
    next: `There is no second automatic rollback. ${see}`,
  };
}
