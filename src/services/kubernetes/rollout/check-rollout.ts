import { condition, isTerminating } from "../pods/pod-status.ts";
import type { Condition, Deployment, ReplicaSet } from "../types.ts";
import { newReplicaSet, ownedBy } from "./ownership.ts";
import { judgePods, type PodVerdict } from "./pod-verdict.ts";
import { failureMessage, progressMessage } from "./rollout-message.ts";
import { replicaFailureVerdict, type ReplicaFailureVerdict } from "./replica-failure.ts";
import type { FailureReason, ProgressReason, RolloutInput, RolloutMemory, RolloutNumbers, RolloutState } from "./rollout-state.ts";

const DEFAULT_PROGRESS_DEADLINE_SECONDS = 600;

/**
 * Decides from one snapshot where our rollout stands. Pure: the same input gives the same state; what has to be remembered between two
 * looks is in `previous`.
 *
 * Right where `kubectl rollout status` is not: a status from before our patch does not count, nor does a ProgressDeadlineExceeded that an
 * earlier rollout has left behind (kubernetes/kubernetes, seen when a rollback returns to an existing ReplicaSet); a deleted and recreated
 * Deployment is noticed by its uid; and pods that cannot come up end the wait at once.
 *
 * @example
 * let state: RolloutState | undefined;
 * do {
 *   state = checkRollout({ snapshot: await cluster.rolloutSnapshot("shop", "web"), uid, ownGeneration, patchedAtMs, previous: state });
 * } while (state.phase === "progressing");
 */
export function checkRollout(input: RolloutInput): RolloutState {
  const { deployment } = input.snapshot;
  const gone = identityFailure(input);
  if (deployment === undefined || gone !== undefined) {
    const reason = gone ?? "Deleted";
    return {
      phase: "failed",
      reason,
      message: failureMessage(reason, deployment),
      numbers: rolloutNumbers(input, undefined),
      problems: [],
      isChangedSince: false,
      memory: { problemsSinceMs: {} },
    };
  }
  return checkPresent(input, deployment);
}

function identityFailure({ snapshot: { deployment }, uid }: RolloutInput): FailureReason | undefined {
  if (deployment === undefined) return "Deleted";
  if (deployment.metadata.uid !== uid) return "Recreated";
  return deployment.metadata.deletionTimestamp === undefined ? undefined : "Deleted";
}

function checkPresent(input: RolloutInput, deployment: Deployment): RolloutState {
  const generation = deployment.metadata.generation ?? 0;
  const current = newReplicaSet(deployment, input.snapshot.replicaSets);
  const pods = judgeNewPods(input, current);
  // Status and conditions are about the time before the change until the controller has seen it.
  const isObserved = (deployment.status?.observedGeneration ?? 0) >= Math.max(generation, input.ownGeneration);
  const deadline = isObserved ? deadlineVerdict(input, deployment) : unobservedDeadline(deployment);
  const replicas: ReplicaFailureVerdict = isObserved ? replicaFailureVerdict(input, deployment) : {};
  const memory: RolloutMemory = {
    ...deadline.memory,
    ...(replicas.sinceMs === undefined ? {} : { replicaFailureSinceMs: replicas.sinceMs }),
    problemsSinceMs: pods.problemsSinceMs,
  };
  const numbers = rolloutNumbers(input, deployment);
  const common = {
    numbers,
    newReplicaSet: current?.metadata.name,
    problems: pods.problems,
    isChangedSince: generation > input.ownGeneration,
    memory,
  };
  const fail = (reason: FailureReason, message: string): RolloutState => ({ ...common, phase: "failed", reason, message });
  const goOn = (reason: ProgressReason): RolloutState => ({
    ...common,
    phase: "progressing",
    reason,
    message: progressMessage(reason, numbers),
  });

  if (generation < input.ownGeneration) return goOn("StaleRead");
  if (deployment.spec.paused === true) return fail("Paused", failureMessage("Paused", deployment));
  if (!isObserved) return goOn("NotObserved");
  if (deadline.hasFailed) return fail("ProgressDeadlineExceeded", failureMessage("ProgressDeadlineExceeded", deployment));
  if (replicas.failure !== undefined) return fail("ReplicaFailure", replicas.failure);
  const unfinished = findUnfinished(input, numbers, deployment);
  if (unfinished === undefined) {
    return { ...common, phase: "complete", reason: "Complete", message: progressMessage("Complete", numbers) };
  }
  // Pods that cannot come up matter only while the rollout needs them.
  if (pods.failure !== undefined) return fail(pods.failure.reason, pods.failure.message);
  return goOn(unfinished);
}

function judgeNewPods(input: RolloutInput, current: ReplicaSet | undefined): PodVerdict {
  const pods = current === undefined ? [] : ownedBy(input.snapshot.pods, current.metadata.uid);
  return judgePods({ ...input, pods, nowMs: input.snapshot.serverTimeMs, previousSinceMs: input.previous?.memory.problemsSinceMs });
}

/** The order of `kubectl rollout status`, then what kstatus asks for on top. */
function findUnfinished(input: RolloutInput, numbers: RolloutNumbers, deployment: Deployment): ProgressReason | undefined {
  if (numbers.updated < numbers.desired) return "Updating";
  if (numbers.old > 0) return "OldPodsLeft";
  if (numbers.available < numbers.updated || numbers.ready < numbers.desired) return "NotAvailable";
  const conditions = deployment.status?.conditions;
  // Without a progress deadline (MaxInt32) there is no Progressing condition at all.
  if (["Available", "Progressing"].some((type) => condition(conditions, type)?.status === "False")) return "NotConfirmed";
  return input.waitForTermination === true && numbers.terminating > 0 ? "Terminating" : undefined;
}

interface DeadlineVerdict {
  readonly hasFailed: boolean;
  readonly memory: Pick<RolloutMemory, "staleDeadline" | "staleDeadlineSinceMs" | "hasProgressed">;
}

/**
 * ProgressDeadlineExceeded counts when it is about our change. Returning to an existing ReplicaSet makes no new one, so the controller may
 * leave the condition of the failed rollout in place, with observedGeneration up to date.
 *
 * It is ours when we have seen the rollout progress before, or when it was written after our patch: both times are of the server and have
 * whole seconds, and a genuine one is at least one later. Any other counts only when it stays for as long as the deadline itself.
 */
function deadlineVerdict(input: RolloutInput, deployment: Deployment): DeadlineVerdict {
  const exceeded = exceededDeadline(deployment);
  const { hasProgressed, staleDeadline, staleDeadlineSinceMs } = input.previous?.memory ?? {};
  if (exceeded === undefined) return { hasFailed: false, memory: { hasProgressed: true } };
  const isKnownStale = staleDeadline !== undefined && staleDeadline === exceeded.lastUpdateTime;
  if (hasProgressed === true || (!isKnownStale && writtenMs(exceeded) > input.patchedAtMs)) {
    return { hasFailed: true, memory: { hasProgressed } };
  }
  const nowMs = input.snapshot.serverTimeMs;
  const sinceMs = staleDeadlineSinceMs ?? nowMs;
  const deadlineMs = 1000 * (deployment.spec.progressDeadlineSeconds ?? DEFAULT_PROGRESS_DEADLINE_SECONDS);
  return { hasFailed: nowMs - sinceMs >= deadlineMs, memory: { staleDeadline, staleDeadlineSinceMs: sinceMs } };
}

/** What stands there before the controller has seen our change belongs to an earlier rollout, even if it was written after our patch. */
function unobservedDeadline(deployment: Deployment): DeadlineVerdict {
  const written = exceededDeadline(deployment)?.lastUpdateTime;
  return { hasFailed: false, memory: written === undefined ? {} : { staleDeadline: written } };
}

function exceededDeadline(deployment: Deployment): Condition | undefined {
  const progressing = condition(deployment.status?.conditions, "Progressing");
  return progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded" ? progressing : undefined;
}

function writtenMs({ lastUpdateTime, lastTransitionTime }: Condition): number {
  return Date.parse(lastUpdateTime ?? lastTransitionTime ?? "") || 0;
}

/** Zero-valued fields are absent from the status. */
function rolloutNumbers({ snapshot }: RolloutInput, deployment: Deployment | undefined): RolloutNumbers {
  const status = deployment?.status;
  const updated = status?.updatedReplicas ?? 0;
  return {
    desired: deployment === undefined ? 0 : (deployment.spec.replicas ?? 1),
    updated,
    ready: status?.readyReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
    old: Math.max(0, (status?.replicas ?? 0) - updated),
    // The field is recent (1.33); before it, the pods themselves tell.
    terminating: status?.terminatingReplicas ?? snapshot.pods.filter(isTerminating).length,
  };
}
