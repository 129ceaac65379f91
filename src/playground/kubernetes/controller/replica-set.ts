import { deleteObject } from "../deletion.ts";
import { matchesRequirements, requirementsOf } from "../label-selector.ts";
import { controllerOf, revise } from "../object.ts";
import type { Registry } from "../registry.ts";
import { pods, replicaSets } from "../resource-type.ts";
import { type Condition, isPod, isReplicaSet, type PodObject, type ReplicaSetObject, type ReplicaSetStatus } from "../shapes.ts";
import { StatusError } from "../status-error.ts";
import type { Change } from "../store.ts";
import { setCondition } from "./deployment-status.ts";
import { recordEvent } from "./event-recorder.ts";
import { isReady } from "./pod-status.ts";
import { CONTROLLER, ownerReference, targetOf } from "./replica-set-family.ts";
import { WorkQueue } from "./work-queue.ts";

const REACT_MS = 5;
const RETRY_MS = 1000;

/** Keeps as many pods as a ReplicaSet asks for. */
export class ReplicaSetController {
  readonly #registry: Registry;
  readonly #queue: WorkQueue;
  readonly #readySinceMs = new Map<string, number>();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#queue = new WorkQueue(registry.agenda, (key) => this.#sync(key));
  }

  /** Reacts to a write of a ReplicaSet or of a pod. */
  observe({ resource, object, type }: Change): void {
    const { namespace = "", name, uid } = object.metadata;
    if (resource === replicaSets) this.#queue.add(`${namespace}/${name}`, REACT_MS);
    if (resource !== pods || !isPod(object)) return;
    if (type === "DELETED" || !isReady(object)) this.#readySinceMs.delete(uid);
    else if (!this.#readySinceMs.has(uid)) this.#readySinceMs.set(uid, this.#registry.agenda.now());
    const owner = controllerOf(object);
    if (owner?.kind === "ReplicaSet") this.#queue.add(`${namespace}/${owner.name}`, REACT_MS);
    else if (owner === undefined) {
      for (const set of this.#registry.store.list(replicaSets, namespace)) this.#queue.add(`${namespace}/${set.metadata.name}`, REACT_MS);
    }
  }

  #sync(key: string): void {
    const [namespace = "", name = ""] = key.split("/");
    const set = this.#registry.store.get(replicaSets, name, namespace);
    if (!isReplicaSet(set)) return;
    const owned = this.#claimed(set);
    const active = owned.filter((pod) => isActive(pod));
    const failure = set.metadata.deletionTimestamp === undefined ? this.#adjust(set, active) : undefined;
    this.#writeStatus(set, owned, failure);
    if (failure !== undefined) this.#queue.add(key, RETRY_MS, true);
  }

  #claimed(set: ReplicaSetObject): PodObject[] {
    const requirements = requirementsOf(set.spec.selector);
    return this.#registry.store
      .list(pods, set.metadata.namespace)
      .filter((pod) => isPod(pod))
      .filter((pod) => matchesRequirements(requirements, pod.metadata.labels))
      .map((pod) => this.#adopted(set, pod))
      .filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
  }

  #adopted(set: ReplicaSetObject, pod: PodObject): PodObject {
    const isFree = controllerOf(pod) === undefined && isActive(pod) && set.metadata.deletionTimestamp === undefined;
    if (!isFree) return pod;
    const target = { type: pods, namespace: pod.metadata.namespace ?? "", name: pod.metadata.name };
    const updated = this.#registry.update(target, { manager: CONTROLLER }, (current) =>
      revise(current, (draft) => {
        draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), ownerReference(set)];
      }),
    );
    return isPod(updated) ? updated : pod;
  }

  /** Creates or deletes pods; returns why a creation was refused. */
  #adjust(set: ReplicaSetObject, active: readonly PodObject[]): Failure | undefined {
    const missing = set.spec.replicas - active.length;
    if (missing < 0) for (const pod of victims(active, -missing)) this.#delete(set, pod);
    try {
      for (let index = 0; index < missing; index += 1) this.#create(set);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const message = `Error creating: ${error.message}`;
      recordEvent(this.#registry, set, { type: "Warning", reason: "FailedCreate", message, component: "replicaset-controller" });
      return { reason: "FailedCreate", message: error.message };
    }
    return undefined;
  }

  #create(set: ReplicaSetObject): void {
    const { template } = set.spec;
    const metadata = { ...template.metadata, generateName: `${set.metadata.name}-`, ownerReferences: [ownerReference(set)] };
    const target = { type: pods, namespace: set.metadata.namespace ?? "", name: "" };
    const pod = this.#registry.create(target, structuredClone({ metadata, spec: template.spec }), { manager: CONTROLLER });
    const message = `Created pod: ${pod.metadata.name}`;
    recordEvent(this.#registry, set, { type: "Normal", reason: "SuccessfulCreate", message, component: "replicaset-controller" });
  }

  #delete(set: ReplicaSetObject, pod: PodObject): void {
    deleteObject(this.#registry, { type: pods, namespace: pod.metadata.namespace ?? "", name: pod.metadata.name });
    const message = `Deleted pod: ${pod.metadata.name}`;
    recordEvent(this.#registry, set, { type: "Normal", reason: "SuccessfulDelete", message, component: "replicaset-controller" });
  }

  #writeStatus(set: ReplicaSetObject, owned: readonly PodObject[], failure: Failure | undefined): void {
    const active = owned.filter((pod) => isActive(pod));
    const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
    const labelled = active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value));
    const ready = active.filter((pod) => isReady(pod));
    const status: ReplicaSetStatus = {
      replicas: active.length,
      fullyLabeledReplicas: labelled.length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => this.#isAvailable(set, pod)).length,
      terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isOver(pod)).length,
      observedGeneration: set.metadata.generation,
      conditions: this.#conditions(set, failure),
    };
    for (const count of ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const)
      if (status[count] === 0) delete status[count];
    this.#registry.update(targetOf(set), { manager: CONTROLLER, subresource: "status" }, (current) => ({ ...current, status }));
  }

  #conditions({ status }: ReplicaSetObject, failure: Failure | undefined): Condition[] | undefined {
    const others = (status.conditions ?? []).filter((condition) => condition.type !== "ReplicaFailure");
    if (failure === undefined) return others.length === 0 ? undefined : others;
    const text = { type: "ReplicaFailure", status: "True", reason: failure.reason, message: failure.message } as const;
    return setCondition(status.conditions ?? [], text, this.#registry.agenda.now()).map((condition) => {
      // A ReplicaSet's conditions have no lastUpdateTime.
      const { lastUpdateTime: _, ...rest } = condition;
      return rest;
    });
  }

  #isAvailable(set: ReplicaSetObject, pod: PodObject): boolean {
    const minReadyMs = (set.spec.minReadySeconds ?? 0) * 1000;
    if (minReadyMs === 0) return true;
    const { agenda } = this.#registry;
    const readySince = this.#readySinceMs.get(pod.metadata.uid) ?? agenda.now();
    const remainingMs = minReadyMs - (agenda.now() - readySince) / agenda.scale(1);
    if (remainingMs <= 0) return true;
    this.#queue.add(`${set.metadata.namespace ?? ""}/${set.metadata.name}`, remainingMs + 1);
    return false;
  }
}

interface Failure {
  readonly reason: string;
  readonly message: string;
}

function isOver({ status }: PodObject): boolean {
  return status.phase === "Failed" || status.phase === "Succeeded";
}

function isActive(pod: PodObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isOver(pod);
}

/** Whom to delete first: unscheduled, pending, not ready, often restarted, then the newest. */
function victims(active: readonly PodObject[], count: number): PodObject[] {
  const rank = (pod: PodObject): number[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    pod.status.phase === "Pending" ? 0 : 1,
    isReady(pod) ? 1 : 0,
    -(pod.status.containerStatuses ?? []).reduce((most, container) => Math.max(most, container.restartCount), 0),
    -Date.parse(pod.metadata.creationTimestamp),
    -Number(pod.metadata.resourceVersion),
  ];
  const order = (left: PodObject, right: PodObject): number => {
    const other = rank(right);
    for (const [index, value] of rank(left).entries()) if (value !== other[index]) return value - (other[index] ?? 0);
    return 0;
  };
  return [...active].sort(order).slice(0, count);
}
