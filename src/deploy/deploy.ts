import { randomUUID } from "node:crypto";
import { systemClock, type DeployClock } from "./clock.ts";
import { change } from "./conduct/change.ts";
import { checkBefore } from "./conduct/before-change.ts";
import type { Ended } from "./conduct/ended.ts";
import { dryRun, lookFirst } from "./conduct/look-first.ts";
import { suspended } from "./conduct/suspended.ts";
import { connectServices } from "./connect-services.ts";
import type { DeployContext } from "./context.ts";
import type { DeployEvent } from "./events.ts";
import type { DeployFile } from "./file/deploy-file.ts";
import { endingMessage } from "./notify/messages.ts";
import { sendMessage } from "./notify/notifier.ts";
import type { DeployPlan } from "./plan/deploy-plan.ts";
import type { PreflightFinding } from "./preflight/finding.ts";
import type { DeployResult } from "./result.ts";
import { openLease } from "./lease/open-lease.ts";
import { RunRecord } from "./run-record.ts";
import type { DeployServices } from "./services.ts";
import { plainSteps, type DeploySteps } from "./steps.ts";

/** Asked between plan and change; false ends the deploy with nothing changed. */
export type Confirm = (plan: DeployPlan, warnings: readonly PreflightFinding[]) => Promise<boolean>;

/** How a deploy file is run. */
export interface DeployOptions {
  /**
   * The run's id, written on the Deployment: a deploy of the same id finds its own change there and goes on with it.
   *
   * @default a new UUID
   */
  readonly id?: string;
  /** Sees everything that happens, in order. */
  readonly onEvent?: (event: DeployEvent) => void;
  /** Suspends the deploy; it then ends with the verdict `suspended`. */
  readonly signal?: AbortSignal;
  /** How effects are made and remembered. @default they just run */
  readonly steps?: DeploySteps;
  /** @default goes on without asking */
  readonly confirm?: Confirm;
  /** Looks, asks the server with `dryRun=All`, and changes nothing. @default false */
  readonly planOnly?: boolean;
  /** Instead of `cluster.context` of the file. */
  readonly context?: string;
  /**
   * What it talks to, for tests. @default made from the file, and closed at the end
   *
   * @internal
   */
  readonly services?: DeployServices;
  /** @internal */
  readonly clock?: DeployClock;
}

/**
 * Carries out a deploy file: preflight, checks, one patch, the watched rollout, checks again, rollback where needed, notifications.
 *
 * Everything that a cluster, a server or a check can do ends in a verdict, not in an exception.
 *
 * @example
 * const result = await deploy(await loadDeployFile("deploy.yaml"), { onEvent: (event) => console.log(event.type) });
 * process.exitCode = result.exitCode;
 * @throws ConfigError when the kubeconfig or a certificate that the file names cannot be used
 */
export async function deploy(file: DeployFile, options: DeployOptions = {}): Promise<DeployResult> {
  const services = options.services ?? connectServices(file, { context: options.context });
  try {
    return await run(file, services, options);
  } finally {
    if (options.services === undefined) await services.close();
  }
}

async function run(file: DeployFile, services: DeployServices, options: DeployOptions): Promise<DeployResult> {
  const { clock = systemClock, signal = new AbortController().signal } = options;
  const steps = options.steps ?? plainSteps({ runId: options.id ?? randomUUID(), signal, now: () => clock.now() });
  const emit: DeployContext["emit"] = (event) => options.onEvent?.({ atMs: clock.now(), ...event });
  const lease = openLease({ file, services, runId: steps.runId, clock, emit });
  const context: DeployContext = { file, services, steps, clock, lease, emit };
  const record = new RunRecord(context, await steps.now());
  emit({ type: "started", runId: steps.runId, file: file.path, cluster: services.cluster.name, target: file.target });
  let ended: Ended | undefined;
  try {
    ended = await conduct(context, record, options);
    await tell(context, record, ended);
    // When it is interrupted, the lease stays until it expires, or the same run goes on.
    await lease.release();
  } catch (error) {
    if (!signal.aborted) throw error;
    // Interrupted while telling: how it came out stands all the same.
    ended ??= suspended(record.phase, file, steps.runId);
  } finally {
    lease.stop();
  }
  const result = record.result(ended.verdict, { reason: ended.reason, next: ended.next });
  emit({ type: "ended", result });
  return result;
}

async function conduct(context: DeployContext, record: RunRecord, { planOnly = false, confirm }: DeployOptions): Promise<Ended> {
  const plan = await lookFirst(context, record);
  // A plan disturbs nobody.
  if ("verdict" in plan) return { ...plan, isQuiet: planOnly };
  if (planOnly) return { ...(await dryRun(context, record, plan)), isQuiet: true };
  if (plan.isAttached) return change(context, record, plan);
  const isConfirmed = confirm === undefined || (await context.steps.step("confirm", () => confirm(plan, record.findings)));
  if (!isConfirmed) return { verdict: "blocked", reason: "it was not confirmed", next: "Nothing was changed.", isQuiet: true };
  return (await checkBefore(context, record)) ?? change(context, record, plan);
}

async function tell(context: DeployContext, record: RunRecord, ended: Ended): Promise<void> {
  if (ended.isQuiet === true) return;
  const { verdict, reason, next, evidence = [] } = ended;
  const message = endingMessage(record.frame, { verdict, reason, next, evidence });
  if (message !== undefined) record.addNotifications(await sendMessage(context, message));
}
