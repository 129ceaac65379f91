import type { RolloutNumbers } from "../../services/kubernetes/index.ts";

/** Pods of one ReplicaSet of the Deployment. */
export interface RevisionPods {
  readonly replicaSet: string;
  readonly isNew: boolean;
  readonly total: number;
  readonly ready: number;
  readonly terminating: number;
}

/** Where a rollout stands, for people who watch. */
export interface RolloutProgress {
  /** One sentence. */
  readonly message: string;
  readonly numbers: RolloutNumbers;
  readonly revisions: readonly RevisionPods[];
  /** What is wrong with new pods. */
  readonly problems: readonly string[];
  readonly elapsedMs: number;
}

/** What the first pod that did not come up has to say. */
export interface BadPod {
  readonly pod: string;
  readonly container: string | undefined;
  readonly reason: string;
  readonly message: string;
  /** The last lines of its log, redacted; absent when there are none. */
  readonly log: string | undefined;
}

/** How a rollout ended. */
export interface RolloutReport {
  readonly outcome: "complete" | "failed" | "timeout" | "changedByOther" | "gone" | "unreadable";
  /** One sentence. */
  readonly message: string;
  readonly progress: RolloutProgress | undefined;
  readonly badPod: BadPod | undefined;
  readonly elapsedMs: number;
}
