import type { DeployTarget } from "../file/deploy-file.ts";

/** The line that shows where a rollout stands. */
export function howToLook({ namespace, deployment }: DeployTarget): string {
  return `kubectl -n ${namespace} rollout status deployment/${deployment}`;
}

/** The line that takes a rollout back by hand. */
export function howToUndo({ namespace, deployment }: DeployTarget): string {
  return `kubectl -n ${namespace} rollout undo deployment/${deployment}`;
}
