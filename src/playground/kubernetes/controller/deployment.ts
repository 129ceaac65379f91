import { deleteObject } from "../deletion.ts";
import { controllerOf, revise } from "../object.ts";
import type { Registry, Target } from "../registry.ts";
import { deployments, pods, replicaSets } from "../resource-type.ts";
import { type DeploymentObject, type DeploymentStatus, isDeployment, isPod, type ReplicaSetObject } from "../shapes.ts";
import { StatusError } from "../status-error.ts";
import type { Change } from "../store.ts";
import { calculateStatus, conditionOf, type ConditionText, hasDeadline, isComplete, setCondition } from "./deployment-status.ts";
import { recordEvent } from "./event-recorder.ts";
import { ProgressWatch } from "./progress.ts";
import {
  CONTROLLER,
  createSet,
  type Family,
  familyFrom,
  familyOf,
  outdatedSets,
  resizeSet,
  revisionText,
  syncRevision,
  targetOf,
} from "./replica-set-family.ts";
import { REVISION } from "./revision.ts";
import { byAge, DESIRED_REPLICAS, newReplicas, proportionalSizes, scaleDownOld } from "./rolling-update.ts";
import { WorkQueue } from "./work-queue.ts";

/** How long a new generation waits: the old status still looks complete meanwhile, as on a real cluster. */
const OBSERVE_MS = 45;
const REACT_MS = 10;

/** The Deployment controller: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ */
export class DeploymentController {
  readonly #registry: Registry;
  readonly #queue: WorkQueue;
  readonly #progress: ProgressWatch;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#progress = new ProgressWatch(registry.agenda);
    this.#queue = new WorkQueue(registry.agenda, (key) => this.#sync(key));
  }

  /** Reacts to a write of a Deployment, or of what one owns. */
  observe({ resource, object, previous, type }: Change): void {
    if (resource === deployments) {
      const isNew = previous?.metadata.generation !== object.metadata.generation;
      this.#queue.add(keyOf(object.metadata), isNew ? OBSERVE_MS : REACT_MS);
    } else if (resource === replicaSets || (resource === pods && type === "DELETED")) {
      this.#enqueueOwner(resource === pods ? this.#setOf(object) : object);
    }
  }

  #setOf(pod: Change["object"]): Change["object"] | undefined {
    const owner = controllerOf(pod);
    return owner === undefined ? undefined : this.#registry.store.get(replicaSets, owner.name, pod.metadata.namespace);
  }

  #enqueueOwner(set: Change["object"] | undefined): void {
    const namespace = set?.metadata.namespace ?? "";
    const owner = set === undefined ? undefined : controllerOf(set);
    if (owner?.kind === "Deployment") this.#queue.add(`${namespace}/${owner.name}`, REACT_MS);
    else if (owner === undefined && set?.kind === "ReplicaSet") {
      for (const deployment of this.#registry.store.list(deployments, namespace)) this.#queue.add(keyOf(deployment.metadata), REACT_MS);
    }
  }

  #sync(key: string): void {
    const [namespace = "", name = ""] = key.split("/");
    const deployment = this.#registry.store.get(deployments, name, namespace);
    if (!isDeployment(deployment)) return;
    const family = familyOf(this.#registry, deployment);
    if (deployment.metadata.deletionTimestamp !== undefined) {
      this.#writeStatus(deployment, this.#status(deployment, family));
      return;
    }
    const checked = this.#notePause(deployment);
    if (checked.spec.paused === true || isResized(checked, family)) return this.#syncSizes(checked, family);
    if (checked.spec.strategy.type === "Recreate") this.#recreate(checked, family);
    else this.#roll(checked, family);
  }

  #notePause(deployment: DeploymentObject): DeploymentObject {
    if (!hasDeadline(deployment)) return deployment;
    const condition = conditionOf(deployment.status, "Progressing");
    if (condition?.reason === "ProgressDeadlineExceeded") return deployment;
    const isPaused = deployment.spec.paused === true;
    if (isPaused === (condition?.reason === "DeploymentPaused")) return deployment;
    const [reason, message] = isPaused ? ["DeploymentPaused", "Deployment is paused"] : ["DeploymentResumed", "Deployment is resumed"];
    return this.#writeConditions(deployment, { type: "Progressing", status: "Unknown", reason, message });
  }

  /** A pure change of size (or a paused Deployment): no new ReplicaSet, no rollout. */
  #syncSizes(deployment: DeploymentObject, family: Family): void {
    const revised = syncRevision(this.#registry, deployment, family);
    const seen = revised ? deployment : this.#followRevision(deployment, family.current);
    const active = family.all.filter((set) => set.spec.replicas > 0);
    const single = active.length > 1 ? undefined : (active[0] ?? family.current ?? byAge(family.old).at(-1));
    if (single !== undefined) {
      if (single.spec.replicas !== seen.spec.replicas) resizeSet(this.#registry, seen, { set: single, replicas: seen.spec.replicas });
    } else if (isSaturated(seen, family.current)) {
      for (const set of family.old) if (set.spec.replicas > 0) resizeSet(this.#registry, seen, { set, replicas: 0 });
    } else if (seen.spec.strategy.type === "RollingUpdate") {
      for (const resize of proportionalSizes(seen, active)) resizeSet(this.#registry, seen, resize);
    }
    if (seen.spec.paused === true) this.#cleanUp(seen, family.old);
    this.#writeStatus(seen, this.#status(seen, family));
  }

  #roll(deployment: DeploymentObject, found: Family): void {
    const prepared = this.#prepare(deployment, found);
    if (prepared === undefined) return;
    const { seen, family, current } = prepared;
    if (!this.#scaleNew(seen, family, current)) {
      const resizes = scaleDownOld(seen, family.old, current);
      for (const resize of resizes) resizeSet(this.#registry, seen, resize);
      if (resizes.length === 0 && isComplete(seen, seen.status)) this.#cleanUp(seen, family.old);
    }
    this.#writeRollout(seen, family);
  }

  #recreate(deployment: DeploymentObject, found: Family): void {
    const active = found.old.filter((set) => set.spec.replicas > 0);
    for (const set of active) resizeSet(this.#registry, deployment, { set, replicas: 0 });
    if (active.length > 0 || this.#hasOldPods(deployment, found)) return this.#writeRollout(deployment, found);
    const prepared = this.#prepare(deployment, found);
    if (prepared === undefined) return;
    const { seen, family, current } = prepared;
    this.#scaleNew(seen, family, current);
    if (isComplete(seen, seen.status)) this.#cleanUp(seen, family.old);
    this.#writeRollout(seen, family);
  }

  /** The current ReplicaSet with its revision, created when the template is new. */
  #prepare(deployment: DeploymentObject, found: Family): { seen: DeploymentObject; family: Family; current: ReplicaSetObject } | undefined {
    if (found.current !== undefined) {
      const revised = syncRevision(this.#registry, deployment, found);
      const seen = revised ? deployment : this.#followRevision(deployment, found.current);
      return { seen, family: found, current: found.current };
    }
    try {
      const created = createSet(this.#registry, deployment, found.old);
      const message = `Created new replica set "${created.metadata.name}"`;
      const text = { type: "Progressing", status: "True", reason: "NewReplicaSetCreated", message } as const;
      const seen = this.#writeConditions(deployment, hasDeadline(deployment) ? text : undefined, revisionText(created));
      return { seen, family: familyFrom(seen, [...found.old, created]), current: created };
    } catch (error) {
      this.#noteFailedCreation(deployment, error);
      return undefined;
    }
  }

  #noteFailedCreation(deployment: DeploymentObject, error: unknown): void {
    if (!(error instanceof StatusError)) throw error;
    if (error.reason === "AlreadyExists") {
      const collisionCount = (deployment.status.collisionCount ?? 0) + 1;
      this.#writeStatus(deployment, { ...deployment.status, collisionCount });
      return;
    }
    const message = `Failed to create new replica set: ${error.message}`;
    recordEvent(this.#registry, deployment, {
      type: "Warning",
      reason: "ReplicaSetCreateError",
      message,
      component: "deployment-controller",
    });
    if (hasDeadline(deployment)) {
      this.#writeConditions(deployment, { type: "Progressing", status: "False", reason: "ReplicaSetCreateError", message: error.message });
    }
    this.#queue.add(keyOf(deployment.metadata), 1000, true);
  }

  /** Copies the ReplicaSet's revision to the Deployment and notes a ReplicaSet that was found, not created. */
  #followRevision(deployment: DeploymentObject, current: ReplicaSetObject | undefined): DeploymentObject {
    if (current === undefined) return deployment;
    const isNew = hasDeadline(deployment) && conditionOf(deployment.status, "Progressing") === undefined;
    const message = `Found new replica set "${current.metadata.name}"`;
    const text = { type: "Progressing", status: "True", reason: "FoundNewReplicaSet", message } as const;
    const revision = revisionText(current);
    if (!isNew && deployment.metadata.annotations?.[REVISION] === revision) return deployment;
    return this.#writeConditions(deployment, isNew ? text : undefined, revision);
  }

  #scaleNew(deployment: DeploymentObject, family: Family, current: ReplicaSetObject): boolean {
    const wanted = deployment.spec.replicas;
    const size = current.spec.replicas > wanted ? wanted : newReplicas(deployment, family.all, current.spec.replicas);
    if (size === current.spec.replicas) return false;
    resizeSet(this.#registry, deployment, { set: current, replicas: size });
    return true;
  }

  /** Recreate waits until even the terminating pods are gone. */
  #hasOldPods(deployment: DeploymentObject, { old }: Family): boolean {
    const uids = new Set(old.map((set) => set.metadata.uid));
    return this.#registry.store.list(pods, deployment.metadata.namespace).some((pod) => {
      const isOver = isPod(pod) && (pod.status.phase === "Failed" || pod.status.phase === "Succeeded");
      return !isOver && uids.has(controllerOf(pod)?.uid ?? "");
    });
  }

  #cleanUp(deployment: DeploymentObject, old: readonly ReplicaSetObject[]): void {
    for (const set of outdatedSets(deployment, old)) deleteObject(this.#registry, targetOf(set));
  }

  #status(deployment: DeploymentObject, { all, current }: Family): DeploymentStatus {
    return calculateStatus(deployment, { all, current }, this.#registry.agenda.now());
  }

  #writeRollout(deployment: DeploymentObject, family: Family): void {
    const status = this.#progress.judge(deployment, family, this.#status(deployment, family));
    const isWritten = this.#writeStatus(deployment, status);
    const remainingMs = isWritten ? undefined : this.#progress.remainingMs(deployment, status);
    if (remainingMs !== undefined) this.#queue.add(keyOf(deployment.metadata), remainingMs, true);
  }

  #writeStatus(deployment: DeploymentObject, status: DeploymentStatus): boolean {
    const written = this.#registry.update(target(deployment), STATUS, (current) => ({ ...current, status }));
    return written.metadata.resourceVersion !== deployment.metadata.resourceVersion;
  }

  #writeConditions(deployment: DeploymentObject, text: ConditionText | undefined, revision?: string): DeploymentObject {
    const now = this.#registry.agenda.now();
    if (text?.type === "Progressing") this.#progress.note(deployment);
    const written = this.#registry.update(target(deployment), STATUS, (current) =>
      !isDeployment(current)
        ? current
        : revise(current, (draft) => {
            if (text !== undefined) draft.status.conditions = setCondition(draft.status.conditions ?? [], text, now);
            if (revision !== undefined) draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: revision };
          }),
    );
    return isDeployment(written) ? written : deployment;
  }
}

const STATUS = { manager: CONTROLLER, subresource: "status" } as const;

function keyOf({ namespace = "", name }: { namespace?: string; name: string }): string {
  return `${namespace}/${name}`;
}

function target({ metadata }: DeploymentObject): Target {
  return { type: deployments, namespace: metadata.namespace ?? "", name: metadata.name };
}

/** True while an active ReplicaSet still remembers another size than the Deployment wants. */
function isResized({ spec }: DeploymentObject, { all }: Family): boolean {
  return all.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return set.spec.replicas > 0 && desired !== undefined && Number(desired) !== spec.replicas;
  });
}

function isSaturated({ spec }: DeploymentObject, set: ReplicaSetObject | undefined): boolean {
  if (set === undefined) return false;
  const desired = Number(set.metadata.annotations?.[DESIRED_REPLICAS]);
  return set.spec.replicas === spec.replicas && desired === spec.replicas && set.status.availableReplicas === spec.replicas;
}
