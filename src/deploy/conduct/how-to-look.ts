import type { DeployFile, DeployTarget } from "../file/deploy-file.ts";

/** The line that shows where a rollout stands. */
export function howToLook({ namespace, deployment }: DeployTarget): string {
  return `kubectl -n ${namespace} rollout status deployment/${deployment}`;
}

/** The line that takes a rollout back by hand. */
export function howToUndo({ namespace, deployment }: DeployTarget, revision?: string): string {
  const to = revision === undefined ? "" : ` --to-revision=${revision}`;
  return `kubectl -n ${namespace} rollout undo deployment/${deployment}${to}`;
}

/** The line that goes on with a run: it finds its own change, and makes no second one. */
export function howToGoOn({ path }: Pick<DeployFile, "path">, runId: string): string {
  const argument = /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return `errand deploy ${argument} --id ${runId}`;
}
