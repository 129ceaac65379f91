import type { Deployment, KubernetesObject, ReplicaSet } from "../types.ts";

const TEMPLATE_HASH = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

/** The objects whose controlling owner has that uid. A label selector alone catches strangers as well. */
export function ownedBy<T extends KubernetesObject>(objects: readonly T[], ownerUid: string): readonly T[] {
  return objects.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === ownerUid));
}

/**
 * The ReplicaSet that carries the Deployment's present template: the one with the same template, of several the oldest, as in the
 * deployment controller. Undefined until the controller has made it.
 */
export function newReplicaSet(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const oldestFirst = [...ownedBy(replicaSets, deployment.metadata.uid)].sort(
    (left, right) => createdMs(left) - createdMs(right) || left.metadata.name.localeCompare(right.metadata.name),
  );
  const same = oldestFirst.find((replicaSet) => isSameTemplate(replicaSet.spec.template, deployment.spec.template));
  return same ?? revisionMatch(deployment, oldestFirst);
}

/**
 * An API server that was upgraded in between adds its new defaults to one of the templates only; then the revision number tells.
 * The number on the Deployment is of the present template only once the controller has seen that.
 */
function revisionMatch(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const revision = deployment.metadata.annotations?.[REVISION];
  const isCurrent = (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
  if (revision === undefined || !isCurrent || (deployment.status?.updatedReplicas ?? 0) === 0) return undefined;
  return replicaSets.find((replicaSet) => replicaSet.metadata.annotations?.[REVISION] === revision);
}

function createdMs({ metadata }: ReplicaSet): number {
  return Date.parse(metadata.creationTimestamp ?? "") || 0;
}

/** Equal but for the label that the controller adds. `null` and an absent field are the same. */
export function isSameTemplate(left: unknown, right: unknown): boolean {
  return isSame(left, right, []);
}

function isSame(left: unknown, right: unknown, path: readonly string[]): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index], [...path, String(index)]));
  }
  const leftMap = asMap(left);
  const rightMap = asMap(right);
  if (leftMap === undefined || rightMap === undefined) return (left ?? undefined) === (right ?? undefined);
  const keys = new Set([...Object.keys(leftMap), ...Object.keys(rightMap)]);
  for (const key of keys) {
    const isHash = key === TEMPLATE_HASH && path.join(".") === "metadata.labels";
    if (!isHash && !isSame(leftMap[key], rightMap[key], [...path, key])) return false;
  }
  return true;
}

function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // The check stands right here: a non-null, non-array object can be read by key.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
