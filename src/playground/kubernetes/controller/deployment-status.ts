import { timestamp } from "../object.ts";
import type { Condition, DeploymentObject, DeploymentStatus, ReplicaSetObject } from "../shapes.ts";
import { actualCount, availableCount, desiredCount, resolveFences } from "./rolling-update.ts";

/** progressDeadlineSeconds with this value switches the Progressing condition off. */
const NO_DEADLINE = 2 ** 31 - 1;

export function hasDeadline({ spec }: DeploymentObject): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;
}

export function conditionOf(status: { conditions?: Condition[] }, type: string): Condition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}

export type ConditionText = Pick<Condition, "type" | "status" | "reason" | "message">;

/** Adds or replaces a condition; one with the same status and reason stays as it is, timestamps included. */
export function setCondition(conditions: readonly Condition[], text: ConditionText, nowMs: number): Condition[] {
  const current = conditions.find((condition) => condition.type === text.type);
  if (current !== undefined && current.status === text.status && current.reason === text.reason) return [...conditions];
  const now = timestamp(nowMs);
  const lastTransitionTime = current?.status === text.status ? current.lastTransitionTime : now;
  const { type, status, reason, message } = text;
  const next: Condition = { type, status, lastUpdateTime: now, lastTransitionTime, reason, message };
  return [...conditions.filter((condition) => condition.type !== type), next];
}

export interface ReplicaSets {
  readonly all: readonly ReplicaSetObject[];
  readonly current: ReplicaSetObject | undefined;
}

/** The counts and the Available condition, from the ReplicaSets as the controller saw them. */
export function calculateStatus(deployment: DeploymentObject, { all, current }: ReplicaSets, nowMs: number): DeploymentStatus {
  const available = availableCount(all);
  const terminating = all.map((set) => set.status.terminatingReplicas);
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation,
    replicas: actualCount(all),
    updatedReplicas: actualCount(current === undefined ? [] : [current]),
    readyReplicas: all.reduce((sum, set) => sum + (set.status.readyReplicas ?? 0), 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, desiredCount(all) - available),
    terminatingReplicas: terminating.every((count) => count !== undefined)
      ? terminating.reduce((sum: number, count) => sum + count, 0)
      : undefined,
    collisionCount: deployment.status.collisionCount,
    conditions: deployment.status.conditions ?? [],
  };
  const isAvailable = available >= deployment.spec.replicas - resolveFences(deployment).maxUnavailable;
  const text: ConditionText = isAvailable
    ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  return { ...withoutZeros(status), conditions: setCondition(status.conditions ?? [], text, nowMs) };
}

const COUNTS = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"] as const;

/** Zero counts are absent in the API, terminatingReplicas alone is written when 0. */
function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  const result = { ...status };
  for (const key of COUNTS) if (result[key] === 0) delete result[key];
  return result;
}

export function isComplete({ metadata, spec }: DeploymentObject, status: DeploymentStatus): boolean {
  return (
    (status.updatedReplicas ?? 0) === spec.replicas &&
    (status.replicas ?? 0) === spec.replicas &&
    (status.availableReplicas ?? 0) === spec.replicas &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

/** Whether the counts moved in the right direction since the last status. */
export function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}
