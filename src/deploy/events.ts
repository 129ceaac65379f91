import type { CheckResult } from "./checks/check-result.ts";
import type { DeployTarget } from "./file/deploy-file.ts";
import type { ServerDifference } from "./plan/server-difference.ts";
import type { DeployPlan } from "./plan/deploy-plan.ts";
import type { PreflightFinding } from "./preflight/finding.ts";
import type { DeployResult, NotificationRecord } from "./result.ts";
import type { RolloutProgress, RolloutReport } from "./rollout/rollout-report.ts";

/** Which of the two rollouts of a deploy: its own, or the one back. */
export type RolloutStage = "rollout" | "rollback";
/** Before the change, or after it. */
export type CheckStage = "before" | "after";

/** What happens in a deploy, in order; its only output. Plain JSON, without credentials. */
export type DeployEvent = { readonly atMs: number } & (
  | {
      readonly type: "started";
      readonly runId: string;
      readonly file: string;
      readonly cluster: string;
      readonly target: DeployTarget;
      /** It can be resumed, on this machine, after whatever happens to the process. */
      readonly isRecorded: boolean;
      /** The run that is rolled back; absent for a deploy. */
      readonly undoes?: string;
    }
  /** Another process has this run: its result is waited for. */
  | { readonly type: "waiting"; readonly runId: string }
  /** The run has ended before: what follows is its recorded result. */
  | { readonly type: "recalled"; readonly runId: string; readonly endedAtMs: number }
  /** The run was interrupted: these steps were done before, and it goes on after them. */
  | { readonly type: "resumed"; readonly runId: string; readonly startedAtMs: number; readonly done: readonly string[] }
  | { readonly type: "preflight"; readonly findings: readonly PreflightFinding[]; readonly isBlocked: boolean }
  | { readonly type: "planned"; readonly plan: DeployPlan }
  | { readonly type: "serverDifference"; readonly differences: readonly ServerDifference[]; readonly warnings: readonly string[] }
  | { readonly type: "checksStarted"; readonly stage: CheckStage; readonly round: number; readonly names: readonly string[] }
  | { readonly type: "checked"; readonly stage: CheckStage; readonly round: number; readonly result: CheckResult }
  | { readonly type: "checksEnded"; readonly stage: CheckStage; readonly round: number; readonly outcome: "pass" | "fail" | "inconclusive" }
  | { readonly type: "proceeding"; readonly reason: string }
  | { readonly type: "patched"; readonly generation: number; readonly tries: number; readonly warnings: readonly string[] }
  /** Another process of this run wrote it. */
  | { readonly type: "attached"; readonly what: "change" | "rollback"; readonly generation: number }
  /** `sinceMs` is when the rollout began: its time counts from there. */
  | { readonly type: "rolloutStarted"; readonly stage: RolloutStage; readonly sinceMs: number; readonly timeoutMs: number }
  | { readonly type: "rolloutProgress"; readonly stage: RolloutStage; readonly progress: RolloutProgress }
  | { readonly type: "rolloutEnded"; readonly stage: RolloutStage; readonly report: RolloutReport }
  | { readonly type: "watching"; readonly forMs: number; readonly everyMs: number }
  | {
      readonly type: "rollingBack";
      readonly reason: string;
      readonly replicaSet: string | undefined;
      readonly replicas: number | undefined;
    }
  /** Something that changes nothing, and that somebody should know. */
  | { readonly type: "warned"; readonly message: string }
  | { readonly type: "notified"; readonly notification: NotificationRecord }
  | { readonly type: "ended"; readonly result: DeployResult }
);

/** An event before its time is set. */
export type NewDeployEvent = DeployEvent extends infer E ? (E extends DeployEvent ? Omit<E, "atMs"> : never) : never;
