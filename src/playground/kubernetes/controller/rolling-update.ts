import type { DeploymentObject, ReplicaSetObject } from "../shapes.ts";

// The arithmetic of the Deployment controller, as pure functions:
// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment

export interface Fences {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Percentages resolved: surge rounds up, unavailable rounds down, and both 0 means one unavailable. */
export function resolveFences({ spec }: Pick<DeploymentObject, "spec">): Fences {
  if (spec.strategy.type !== "RollingUpdate") return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge: surge = 0, maxUnavailable: unavailable = 0 } = spec.strategy.rollingUpdate ?? {};
  const maxSurge = resolve(surge, spec.replicas, Math.ceil);
  const maxUnavailable = resolve(unavailable, spec.replicas, Math.floor);
  if (maxSurge === 0 && maxUnavailable === 0) return { maxSurge, maxUnavailable: Math.min(1, spec.replicas) };
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, spec.replicas) };
}

function resolve(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  return round((Number.parseInt(value, 10) * total) / 100);
}

export function desiredCount(sets: readonly ReplicaSetObject[]): number {
  return sets.reduce((sum, set) => sum + set.spec.replicas, 0);
}
export function actualCount(sets: readonly ReplicaSetObject[]): number {
  return sets.reduce((sum, set) => sum + set.status.replicas, 0);
}
export function availableCount(sets: readonly ReplicaSetObject[]): number {
  return sets.reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0);
}

/** How many replicas the new ReplicaSet may have now. */
export function newReplicas(deployment: DeploymentObject, all: readonly ReplicaSetObject[], current: number): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type !== "RollingUpdate") return replicas;
  const room = replicas + resolveFences(deployment).maxSurge - desiredCount(all);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** One ReplicaSet and the size it shall have. */
export interface Resize {
  readonly set: ReplicaSetObject;
  readonly replicas: number;
}

/** The old ReplicaSets scaled down as far as availability allows: unhealthy pods first. */
export function scaleDownOld(deployment: DeploymentObject, old: readonly ReplicaSetObject[], current: ReplicaSetObject): Resize[] {
  const minAvailable = deployment.spec.replicas - resolveFences(deployment).maxUnavailable;
  const newUnavailable = current.spec.replicas - (current.status.availableReplicas ?? 0);
  const maxScaledDown = desiredCount([...old, current]) - minAvailable - newUnavailable;
  if (desiredCount(old) === 0 || maxScaledDown <= 0) return [];
  const sizes = new Map(old.map((set) => [set, set.spec.replicas]));
  cleanUpUnhealthy(sizes, maxScaledDown);
  takeAvailable(sizes, availableCount([...old, current]) - minAvailable);
  return [...sizes].filter(([set, replicas]) => replicas !== set.spec.replicas).map(([set, replicas]) => ({ set, replicas }));
}

function cleanUpUnhealthy(sizes: Map<ReplicaSetObject, number>, limit: number): void {
  let left = limit;
  for (const set of byAge([...sizes.keys()])) {
    const unhealthy = set.spec.replicas - (set.status.availableReplicas ?? 0);
    const count = Math.min(left, Math.max(0, unhealthy));
    sizes.set(set, set.spec.replicas - count);
    left -= count;
  }
}

function takeAvailable(sizes: Map<ReplicaSetObject, number>, limit: number): void {
  let left = limit;
  for (const set of byAge([...sizes.keys()])) {
    if (left <= 0) return;
    const size = sizes.get(set) ?? 0;
    const count = Math.min(left, size);
    sizes.set(set, size - count);
    left -= count;
  }
}

/** Shares a change of replicas out over the active ReplicaSets, in proportion to their size. */
export function proportionalSizes(deployment: DeploymentObject, active: readonly ReplicaSetObject[]): Resize[] {
  const { replicas } = deployment.spec;
  const allowed = replicas > 0 ? replicas + resolveFences(deployment).maxSurge : 0;
  const toAdd = allowed - desiredCount(active);
  const order = [...active].sort((left, right) => right.spec.replicas - left.spec.replicas || ageOrder(left, right) * (toAdd > 0 ? -1 : 1));
  let added = 0;
  const sizes = order.map((set): Resize => {
    const part = proportion(deployment, set, { toAdd, added });
    added += part;
    return { set, replicas: set.spec.replicas + part };
  });
  const [largest, ...others] = sizes;
  if (largest === undefined || toAdd === 0) return sizes;
  return [{ ...largest, replicas: Math.max(0, largest.replicas + toAdd - added) }, ...others];
}

function proportion(deployment: DeploymentObject, set: ReplicaSetObject, { toAdd, added }: { toAdd: number; added: number }): number {
  if (set.spec.replicas === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(deployment, set);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function fractionOf(deployment: DeploymentObject, set: ReplicaSetObject): number {
  const { replicas } = deployment.spec;
  if (replicas === 0) return -set.spec.replicas;
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? 0) || (deployment.status.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((set.spec.replicas * (replicas + resolveFences(deployment).maxSurge)) / before) - set.spec.replicas;
}

export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

function ageOrder(left: ReplicaSetObject, right: ReplicaSetObject): number {
  const age = left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp);
  return age === 0 ? left.metadata.name.localeCompare(right.metadata.name) : age;
}

/** Oldest first; timestamps have seconds, so names decide between twins. */
export function byAge(sets: readonly ReplicaSetObject[]): ReplicaSetObject[] {
  return [...sets].sort((left, right) => ageOrder(left, right));
}
