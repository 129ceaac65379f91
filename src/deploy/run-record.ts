import type { CheckResult } from "./checks/check-result.ts";
import type { DeployContext } from "./context.ts";
import type { MessageFrame } from "./notify/messages.ts";
import type { DeployPlan } from "./plan/deploy-plan.ts";
import type { PreflightFinding } from "./preflight/finding.ts";
import { verdictExitCodes, type DeployResult, type NotificationRecord, type Verdict } from "./result.ts";
import type { RolloutReport } from "./rollout/rollout-report.ts";

/** How far a deploy has come: what an interruption leaves behind depends on it. */
export type Phase = "looking" | "writing" | "rollingOut" | "checking" | "writingBack" | "rollingBack";

/** What has become known so far; the result is made from it. */
export class RunRecord {
  phase: Phase = "looking";
  findings: readonly PreflightFinding[] = [];
  plan: DeployPlan | undefined;
  before: readonly CheckResult[] = [];
  rollout: RolloutReport | undefined;
  after: readonly CheckResult[] = [];
  rollback: RolloutReport | undefined;
  readonly #notifications: NotificationRecord[] = [];
  readonly #context: DeployContext;
  readonly #startedAtMs: number;

  constructor(context: DeployContext, startedAtMs: number) {
    this.#context = context;
    this.#startedAtMs = startedAtMs;
  }

  get frame(): MessageFrame {
    const { file, services, steps } = this.#context;
    return { file, cluster: services.cluster.name, runId: steps.runId, startedAtMs: this.#startedAtMs, plan: this.plan };
  }

  addNotifications(records: readonly NotificationRecord[]): void {
    this.#notifications.push(...records);
  }

  result(verdict: Verdict, { reason, next }: { readonly reason: string; readonly next: string | undefined }): DeployResult {
    const { file, services, steps, clock } = this.#context;
    return {
      verdict,
      exitCode: verdictExitCodes[verdict],
      runId: steps.runId,
      file: file.path,
      cluster: services.cluster.name,
      target: file.target,
      reason,
      next,
      findings: this.findings,
      plan: this.plan,
      before: this.before,
      rollout: this.rollout,
      after: this.after,
      rollback: this.rollback,
      notifications: [...this.#notifications],
      startedAtMs: this.#startedAtMs,
      elapsedMs: clock.now() - this.#startedAtMs,
    };
  }
}
