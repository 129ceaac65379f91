import type { CheckResult } from "./checks/check-result.ts";
import type { Ended } from "./conduct/ended.ts";
import type { DeployContext } from "./context.ts";
import type { MessageFrame } from "./notify/messages.ts";
import type { DeployPlan } from "./plan/deploy-plan.ts";
import type { PreflightFinding } from "./preflight/finding.ts";
import { verdictExitCodes, type DeployResult, type NotificationRecord } from "./result.ts";
import type { RolloutReport } from "./rollout/rollout-report.ts";

/** How far a deploy has come: what an interruption leaves behind depends on it. */
export type Phase = "beginning" | "looking" | "writing" | "rollingOut" | "checking" | "failed" | "writingBack" | "rollingBack" | "telling";

/** A run that is taken up on another machine began within this time. */
const longestRunMs = 86_400_000;

/** What has become known so far; the result is made from it. */
export class RunRecord {
  phase: Phase = "beginning";
  startedAtMs: number;
  /** How it came out; people may still have to be told. */
  ended: Ended | undefined;
  findings: readonly PreflightFinding[] = [];
  plan: DeployPlan | undefined;
  before: readonly CheckResult[] = [];
  rollout: RolloutReport | undefined;
  after: readonly CheckResult[] = [];
  rollback: RolloutReport | undefined;
  readonly #notifications: NotificationRecord[] = [];
  readonly #context: DeployContext;

  constructor(context: DeployContext) {
    this.#context = context;
    this.startedAtMs = context.clock.now();
  }

  get frame(): MessageFrame {
    const { file, services, steps } = this.#context;
    // Another process of this run, whose journal is not here, began it: when, nobody knows.
    const startedAtMs = this.plan?.found === undefined ? this.startedAtMs : this.startedAtMs - longestRunMs;
    return { file, cluster: services.cluster.name, runId: steps.runId, startedAtMs, plan: this.plan };
  }

  addNotifications(records: readonly NotificationRecord[]): void {
    this.#notifications.push(...records);
  }

  result({ verdict, reason, next }: Ended): DeployResult {
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
      startedAtMs: this.startedAtMs,
      elapsedMs: Math.max(0, clock.now() - this.startedAtMs),
    };
  }
}
