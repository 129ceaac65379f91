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

/** The line that goes on with a run of which nothing is recorded: it finds its own change, and makes no second one. */
export function howToGoOn({ path }: Pick<DeployFile, "path">, runId: string): string {
  return `errand deploy ${shellWord(path)} --id ${runId}`;
}

/** The line that goes on with a recorded run, after the step that was done last. */
export function howToResume(runId: string, journal?: string): string {
  return `errand deploy --resume ${shellWord(runId)}${journal === undefined ? "" : ` --journal ${shellWord(journal)}`}`;
}

/** The line that goes on with a rollback by hand. */
export function howToRollBack(
  runId: string,
  { path, journal }: { readonly path: string | undefined; readonly journal: string | undefined },
): string {
  const file = path === undefined ? "" : ` ${shellWord(path)}`;
  return `errand rollback ${shellWord(runId)}${file}${journal === undefined ? "" : ` --journal ${shellWord(journal)}`}`;
}

function shellWord(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
