import { condition } from "../pods/pod-status.ts";
import type { Deployment } from "../types.ts";
import type { RolloutInput } from "./rollout-state.ts";

/** Long enough for the ReplicaSet controller to try again after old pods have given back their quota. */
const DEFAULT_GRACE_MS = 30_000;

/** Refusals that another try may not meet: a quota that old pods give back, a webhook that restarts, an API server under load. */
const TRANSIENT = /exceeded quota|failed calling webhook|timeout|timed out|etcdserver|connection refused|too many requests/i;

export interface ReplicaFailureVerdict {
  readonly failure?: string;
  readonly sinceMs?: number;
}

/**
 * Judges ReplicaFailure=True: pods that the API server refuses to create. `kubectl rollout status` does not look at it.
 *
 * A refusal for good (Pod Security, an admission policy) fails at once when it is younger than our patch; one that may pass, and one that
 * an earlier rollout may have left behind, only when it stays for `graceMs`.
 */
export function replicaFailureVerdict(input: RolloutInput, deployment: Deployment): ReplicaFailureVerdict {
  const failed = condition(deployment.status?.conditions, "ReplicaFailure");
  if (failed?.status !== "True" || input.failFast === false) return {};
  const message = `pods cannot be created: ${failed.message ?? failed.reason ?? "ReplicaFailure"}`;
  const writtenMs = Date.parse(failed.lastUpdateTime ?? failed.lastTransitionTime ?? "") || 0;
  // Within the same second it is ours: the refusal follows the patch by milliseconds.
  const isForGood = writtenMs >= input.patchedAtMs && !TRANSIENT.test(failed.message ?? "");
  const nowMs = input.snapshot.serverTimeMs;
  const sinceMs = input.previous?.memory.replicaFailureSinceMs ?? nowMs;
  const hasLasted = nowMs - sinceMs >= (input.graceMs ?? DEFAULT_GRACE_MS);
  return isForGood || hasLasted ? { failure: message, sinceMs } : { sinceMs };
}
