import type { Deployment } from "../../services/kubernetes/index.ts";

/** Where the rollout before ours stands. */
export interface RolloutCondition {
  /** `settled` once the present revision was up, however its pods are now; `failed` when it never was. */
  readonly state: "settled" | "inProgress" | "failed";
  readonly detail: string;
}

/** Reads the condition that the controller keeps: pods that became unready later leave it at NewReplicaSetAvailable. */
export function rolloutCondition({ metadata, spec, status = {} }: Deployment): RolloutCondition {
  const desired = spec.replicas ?? 1;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const detail = `${updatedReplicas} of ${desired} pods updated, ${availableReplicas} available`;
  if (observedGeneration < (metadata.generation ?? 0))
    return { state: "inProgress", detail: "the controller has not seen the last change yet" };
  const progressing = status.conditions?.find(({ type }) => type === "Progressing");
  const isUp = replicas === updatedReplicas && availableReplicas >= desired;
  // After a return to an existing ReplicaSet the condition of the failure stays for a moment, although everything is up.
  if (progressing?.reason === "ProgressDeadlineExceeded" && !isUp)
    return { state: "failed", detail: progressing.message ?? progressing.reason };
  // Without a progress deadline (MaxInt32) there is no condition, and the numbers alone tell.
  const isConfirmed = isUp || progressing?.reason === "NewReplicaSetAvailable";
  // As the controller itself decides (DeploymentComplete): no pod of another revision, whatever is available at this moment.
  return isConfirmed && replicas === updatedReplicas ? { state: "settled", detail } : { state: "inProgress", detail };
}
