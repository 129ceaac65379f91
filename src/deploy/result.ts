import type { CheckResult } from "./checks/check-result.ts";
import type { DeployTarget } from "./file/deploy-file.ts";
import type { DeployPlan } from "./plan/deploy-plan.ts";
import type { PreflightFinding } from "./preflight/finding.ts";
import type { RolloutReport } from "./rollout/rollout-report.ts";

/** How a deploy ended. */
export type Verdict =
  /** Changed, rolled out, and the checks passed. */
  | "done"
  /** The Deployment is as the file wants it. */
  | "nothingToDo"
  /** `--plan`: looked, changed nothing. */
  | "planned"
  /** Stopped before any change. */
  | "blocked"
  /** Failed, and the former revision is back and verified. */
  | "rolledBack"
  /** Changed, and not healthy. */
  | "notRecovered"
  /** Changed; whether it is healthy could not be found out. */
  | "inconclusive"
  /** The state of the cluster is not what the deploy left: somebody has to look. */
  | "needsPerson"
  /** Interrupted. */
  | "suspended";

/** What `errand deploy` exits with. 64 is for a file that cannot be used. */
export const verdictExitCodes = {
  done: 0,
  nothingToDo: 0,
  planned: 0,
  blocked: 10,
  rolledBack: 11,
  notRecovered: 12,
  inconclusive: 13,
  needsPerson: 14,
  suspended: 130,
} as const satisfies Record<Verdict, number>;

/** One message that went out, or did not. */
export interface NotificationRecord {
  /** `slack webhook`, `slack #ops`. */
  readonly to: string;
  readonly subject: string;
  /** Why it did not arrive. */
  readonly problem?: string;
  /** How it arrived, after an interruption: found in the channel, or sent again. */
  readonly note?: string;
}

/** Everything about a deploy that has ended; plain JSON. */
export interface DeployResult {
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly runId: string;
  /** As the deploy file names it. */
  readonly file: string;
  readonly cluster: string;
  readonly target: DeployTarget;
  /** Why, in one sentence. */
  readonly reason: string;
  /** What to do or to look at now. */
  readonly next: string | undefined;
  readonly findings: readonly PreflightFinding[];
  readonly plan: DeployPlan | undefined;
  readonly before: readonly CheckResult[];
  readonly rollout: RolloutReport | undefined;
  /** The last round. */
  readonly after: readonly CheckResult[];
  readonly rollback: RolloutReport | undefined;
  readonly notifications: readonly NotificationRecord[];
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly elapsedMs: number;
}
