import type { PodProblem } from "../pods/container-problem.ts";
import type { Deployment, Pod, ReplicaSet } from "../types.ts";

/** A Deployment and what it owns, as of one moment. */
export interface RolloutSnapshot {
  /** Undefined when there is none of that name. */
  readonly deployment: Deployment | undefined;
  /** Those that the Deployment controls. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Those that these ReplicaSets control. */
  readonly pods: readonly Pod[];
  /** The API server's clock (its Date header, whole seconds), in milliseconds since the epoch. */
  readonly serverTimeMs: number;
}

/** How soon trouble with pods ends the wait. */
export interface FailFastOptions {
  /** `false` leaves it to the Deployment's own progress deadline. @default true */
  readonly failFast?: boolean;
  /** How long images may fail to be pulled, containers may crash and a quota may stand in the way, in milliseconds. @default 30000 */
  readonly graceMs?: number;
  /** How long a pod may find no node, in milliseconds; an autoscaler needs a minute or two. @default 120000 */
  readonly unschedulableGraceMs?: number;
  /** Restarts after which a container that is not up counts as crashing, without waiting for `graceMs`. @default 3 */
  readonly crashRestarts?: number;
  /** Give up when every new pod is in trouble, or when any is. @default "all" */
  readonly failWhen?: "all" | "any";
}

/** What a rollout is judged by. */
export interface RolloutInput extends FailFastOptions {
  readonly snapshot: RolloutSnapshot;
  /** `metadata.uid` of the Deployment that was patched. */
  readonly uid: string;
  /** `metadata.generation` in the answer to our own patch, not one that was read later or before. */
  readonly ownGeneration: number;
  /** The Date header of that answer, in milliseconds since the epoch. */
  readonly patchedAtMs: number;
  /** What the previous call gave; undefined for the first. */
  readonly previous?: RolloutState;
  /** Complete only when no pod is terminating any more. @default false */
  readonly waitForTermination?: boolean;
}

/** Pods, by the Deployment's status. */
export interface RolloutNumbers {
  readonly desired: number;
  /** Of the new revision. */
  readonly updated: number;
  /** Of any revision. */
  readonly ready: number;
  /** Of any revision, ready for at least `minReadySeconds`. */
  readonly available: number;
  /** Of former revisions. */
  readonly old: number;
  readonly terminating: number;
}

/** Why a rollout goes on. */
export type ProgressReason =
  /** The answer is older than our patch. */
  | "StaleRead"
  /** The controller has not seen our change; every number is about the time before. */
  | "NotObserved"
  /** New pods are still to be made. */
  | "Updating"
  /** Old pods are still there. */
  | "OldPodsLeft"
  /** New pods are not available yet. */
  | "NotAvailable"
  /** All is up, but the controller has not said so. */
  | "NotConfirmed"
  /** Only with `waitForTermination`. */
  | "Terminating";

/** Why a rollout has failed. */
export type FailureReason =
  | "Deleted"
  /** Another Deployment of the same name has taken its place. */
  | "Recreated"
  /** `spec.paused`: nothing will happen. */
  | "Paused"
  | "ProgressDeadlineExceeded"
  /** Pods cannot even be created: quota, admission, Pod Security. */
  | "ReplicaFailure"
  | "ContainerConfig"
  | "ImagePull"
  | "CrashLoop"
  | "Unschedulable";

/** What to hand to the next call; plain JSON, so that it can be journaled. Times are of the server's clock. */
export interface RolloutMemory {
  /** Our rollout has been seen to go on. */
  readonly hasProgressed?: boolean;
  /** When a ProgressDeadlineExceeded of an earlier rollout was written. */
  readonly staleDeadline?: string;
  /** When a ProgressDeadlineExceeded that may be older than our patch was first seen. */
  readonly staleDeadlineSinceMs?: number;
  /** When ReplicaFailure was first seen. */
  readonly replicaFailureSinceMs?: number;
  /** When trouble of a pod was first seen, by pod uid, kind and container. */
  readonly problemsSinceMs: Readonly<Record<string, number>>;
}

interface CommonState {
  /** One sentence for people. */
  readonly message: string;
  readonly numbers: RolloutNumbers;
  /** The name of the ReplicaSet with the new template, once it exists. */
  readonly newReplicaSet?: string;
  /** What is wrong with pods of the new revision, fatal or not. */
  readonly problems: readonly PodProblem[];
  /** Somebody has changed the Deployment after our patch (an autoscaler, an annotation, another deployment). */
  readonly isChangedSince: boolean;
  readonly memory: RolloutMemory;
}

/** Where a rollout stands. */
export type RolloutState =
  | (CommonState & { readonly phase: "progressing"; readonly reason: ProgressReason })
  | (CommonState & { readonly phase: "complete"; readonly reason: "Complete" })
  | (CommonState & { readonly phase: "failed"; readonly reason: FailureReason });
