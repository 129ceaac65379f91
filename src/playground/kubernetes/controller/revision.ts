import type { DeploymentObject, ReplicaSetObject } from "../shapes.ts";
import { DESIRED_REPLICAS, MAX_REPLICAS, resolveFences } from "./rolling-update.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
const OWN = new Set(["kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED_REPLICAS, MAX_REPLICAS]);
/** revision-history keeps this many characters at most. */
const HISTORY_LIMIT = 2000;

export function revisionOf(set: ReplicaSetObject): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** The revision the new ReplicaSet has, or gets: one more than the highest of the others. */
export function nextRevision(old: readonly ReplicaSetObject[]): number {
  return Math.max(0, ...old.map((set) => revisionOf(set))) + 1;
}

/** Annotations of a ReplicaSet that stands for the Deployment's template: copied ones and the revision, which moves on reuse. */
export function revisedAnnotations(
  deployment: DeploymentObject,
  set: Pick<ReplicaSetObject, "metadata">,
  revision: number,
): Record<string, string> {
  const annotations = { ...set.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!OWN.has(key)) annotations[key] = value;
  const previous = annotations[REVISION];
  if (Number(previous ?? 0) >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (previous !== undefined) annotations[HISTORY] = appended(annotations[HISTORY], previous);
  return annotations;
}

function appended(history: string | undefined, revision: string): string {
  const all = history === undefined || history === "" ? [revision] : [...history.split(","), revision];
  while (all.join(",").length > HISTORY_LIMIT) all.shift();
  return all.join(",");
}

/** The sizes the proportional scaling starts from. */
export function sizeAnnotations(deployment: DeploymentObject): Record<string, string> {
  const { replicas } = deployment.spec;
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + resolveFences(deployment).maxSurge) };
}
