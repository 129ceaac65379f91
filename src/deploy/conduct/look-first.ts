import { describeError, writeFailure } from "../cluster/write-failure.ts";
import type { DeployContext } from "../context.ts";
import { changePatch } from "../plan/change-patch.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { serverDifferences, type ServerDifference } from "../plan/server-difference.ts";
import type { PreflightFinding } from "../preflight/finding.ts";
import { runPreflight } from "../preflight/run-preflight.ts";
import type { RunRecord } from "../run-record.ts";
import type { Ended } from "./ended.ts";

/** Preflight and plan; gives the plan when there is something to do and nothing against it. */
export async function lookFirst(context: DeployContext, record: RunRecord): Promise<DeployPlan | Ended> {
  const { file, services, steps, emit } = context;
  const nowMs = await steps.now();
  record.phase = "looking";
  const report = await steps.step("preflight", ({ signal, runId }) => runPreflight({ file, services, runId, nowMs, signal }));
  record.findings = report.findings;
  record.plan = report.plan;
  const blocks = report.findings.filter(({ level }) => level === "block");
  emit({ type: "preflight", findings: report.findings, isBlocked: blocks.length > 0 });
  const [first] = blocks;
  if (first !== undefined) return blocked(first, blocks.length);
  const { plan } = report;
  if (plan === undefined) return { verdict: "blocked", reason: "there is no plan", next: undefined };
  if (plan.changes.length === 0 && !plan.isAttached) return { verdict: "nothingToDo", reason: "the Deployment is as the file wants it" };
  emit({ type: "planned", plan });
  return plan;
}

function blocked({ message, remedy }: PreflightFinding, count: number): Ended {
  const more = count === 1 ? "" : ` (and ${count - 1} more)`;
  return { verdict: "blocked", reason: `${message}${more}`, next: remedy };
}

interface DryRun {
  readonly differences: readonly ServerDifference[];
  readonly warnings: readonly string[];
  readonly refusal: string | undefined;
}

/** `--plan`: asks the server what it would make of the patch. */
export async function dryRun(context: DeployContext, record: RunRecord, plan: DeployPlan): Promise<Ended> {
  const answer = await context.steps.step("dry run", ({ signal }) => askServer(context, plan, signal));
  context.emit({ type: "serverDifference", differences: answer.differences, warnings: answer.warnings });
  if (answer.refusal === undefined) return { verdict: "planned", reason: "the server accepts the change; nothing was changed" };
  const finding: PreflightFinding = { level: "block", about: "admission", message: answer.refusal, remedy: "Nothing was changed." };
  record.findings = [...record.findings, finding];
  return { verdict: "blocked", reason: `the server does not accept the change: ${answer.refusal}`, next: "Nothing was changed." };
}

async function askServer({ services: { cluster } }: DeployContext, plan: DeployPlan, signal: AbortSignal): Promise<DryRun> {
  const refused = (refusal: string): DryRun => ({ differences: [], warnings: [], refusal });
  try {
    const { deployment } = await cluster.read(plan.target, signal);
    if (deployment === undefined) return refused("the Deployment is gone");
    const body = changePatch(plan, deployment.metadata.resourceVersion);
    const answer = await cluster.patch(plan.target, { kind: "strategic", body, isDryRun: true, signal });
    return { differences: serverDifferences(deployment, answer.deployment), warnings: answer.warnings, refusal: undefined };
  } catch (error) {
    signal.throwIfAborted();
    const wasBusy = writeFailure(error) === "conflict";
    return refused(wasBusy ? "the Deployment is being changed by somebody else at this moment" : describeError(error));
  }
}
