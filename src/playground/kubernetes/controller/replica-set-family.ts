import { type KubeObject, controllerOf, revise } from "../object.ts";
import { matchesRequirements, requirementsOf } from "../label-selector.ts";
import type { Registry, Target } from "../registry.ts";
import { replicaSets } from "../resource-type.ts";
import { type DeploymentObject, isReplicaSet, type ReplicaSetObject } from "../shapes.ts";
import { recordEvent } from "./event-recorder.ts";
import { nextRevision, revisedAnnotations, REVISION, revisionOf, sizeAnnotations } from "./revision.ts";
import { byAge, newReplicas } from "./rolling-update.ts";
import { isSameTemplate, TEMPLATE_HASH, templateHash, withoutHash } from "./template.ts";

export const CONTROLLER = "kube-controller-manager";

export function targetOf(set: ReplicaSetObject): Target {
  return { type: replicaSets, namespace: set.metadata.namespace ?? "", name: set.metadata.name };
}

/** The ReplicaSets of one Deployment, as they were when the sync began. */
export interface Family {
  readonly current: ReplicaSetObject | undefined;
  readonly old: readonly ReplicaSetObject[];
  readonly all: readonly ReplicaSetObject[];
}

/** Finds what the Deployment owns, and adopts matching ReplicaSets that nobody controls. */
export function familyOf(registry: Registry, deployment: DeploymentObject): Family {
  const requirements = requirementsOf(deployment.spec.selector);
  const owned = registry.store
    .list(replicaSets, deployment.metadata.namespace)
    .filter((set) => isReplicaSet(set))
    .filter((set) => matchesRequirements(requirements, set.metadata.labels))
    .map((set) => adopted(registry, deployment, set))
    .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  return familyFrom(deployment, owned);
}

export function familyFrom(deployment: DeploymentObject, owned: readonly ReplicaSetObject[]): Family {
  const current = byAge(owned).find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
  const old = owned.filter((set) => set !== current);
  return { current, old, all: current === undefined ? old : [...old, current] };
}

function adopted(registry: Registry, deployment: DeploymentObject, set: ReplicaSetObject): ReplicaSetObject {
  const isFree = controllerOf(set) === undefined && set.metadata.deletionTimestamp === undefined;
  if (!isFree || deployment.metadata.deletionTimestamp !== undefined) return set;
  return updateSet(registry, set, (draft) => {
    draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), ownerReference(deployment)];
  });
}

export function ownerReference(owner: KubeObject): {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: boolean;
  blockOwnerDeletion: boolean;
} {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

export function updateSet(registry: Registry, set: ReplicaSetObject, change: (draft: ReplicaSetObject) => void): ReplicaSetObject {
  const updated = registry.update(targetOf(set), { manager: CONTROLLER }, (current) =>
    isReplicaSet(current) ? revise(current, change) : current,
  );
  return isReplicaSet(updated) ? updated : set;
}

/** Resizes a ReplicaSet and notes the sizes the Deployment wants; an Event tells of a changed size. */
export function resizeSet(
  registry: Registry,
  deployment: DeploymentObject,
  { set, replicas }: { set: ReplicaSetObject; replicas: number },
): void {
  const before = set.spec.replicas;
  updateSet(registry, set, (draft) => {
    draft.spec.replicas = replicas;
    draft.metadata.annotations = { ...draft.metadata.annotations, ...sizeAnnotations(deployment) };
  });
  if (before === replicas) return;
  const direction = replicas > before ? "up" : "down";
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`;
  recordEvent(registry, deployment, { type: "Normal", reason: "ScalingReplicaSet", message, component: "deployment-controller" });
}

/** Gives the current ReplicaSet its revision. True when that changed it: the Deployment follows in the next sync. */
export function syncRevision(registry: Registry, deployment: DeploymentObject, { current, old }: Family): boolean {
  if (current === undefined) return false;
  const annotations = revisedAnnotations(deployment, current, nextRevision(old));
  const updated = updateSet(registry, current, (draft) => {
    draft.metadata.annotations = annotations;
    draft.spec.minReadySeconds = deployment.spec.minReadySeconds;
  });
  return updated.metadata.resourceVersion !== current.metadata.resourceVersion;
}

/** Creates the ReplicaSet of the Deployment's template, already at the size it may have. */
export function createSet(registry: Registry, deployment: DeploymentObject, old: readonly ReplicaSetObject[]): ReplicaSetObject {
  const { spec, metadata, status } = deployment;
  const hash = templateHash(spec.template, status.collisionCount);
  const template = withoutHash(spec.template);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const name = `${metadata.name}-${hash}`;
  const annotations = {
    ...revisedAnnotations(deployment, { metadata: { ...metadata, annotations: {} } }, nextRevision(old)),
    ...sizeAnnotations(deployment),
  };
  const body = {
    metadata: { name, namespace: metadata.namespace, labels, annotations, ownerReferences: [ownerReference(deployment)] },
    spec: {
      replicas: newReplicas(deployment, old, 0),
      minReadySeconds: spec.minReadySeconds,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const created = registry.create({ type: replicaSets, namespace: metadata.namespace ?? "", name }, body, { manager: CONTROLLER });
  if (!isReplicaSet(created)) throw new TypeError(`the registry made a ${created.kind} of a ReplicaSet`);
  if (created.spec.replicas > 0) {
    const message = `Scaled up replica set ${name} from 0 to ${created.spec.replicas}`;
    recordEvent(registry, deployment, { type: "Normal", reason: "ScalingReplicaSet", message, component: "deployment-controller" });
  }
  return created;
}

/** Old ReplicaSets beyond revisionHistoryLimit: empty ones only, the oldest revisions first. */
export function outdatedSets({ spec }: DeploymentObject, old: readonly ReplicaSetObject[]): ReplicaSetObject[] {
  const limit = spec.revisionHistoryLimit;
  if (limit === undefined || limit === 2 ** 31 - 1) return [];
  const alive = old.filter((set) => set.metadata.deletionTimestamp === undefined);
  return alive
    .sort((left, right) => revisionOf(left) - revisionOf(right))
    .slice(0, Math.max(0, alive.length - limit))
    .filter((set) => {
      const isObserved = (set.status.observedGeneration ?? 0) >= (set.metadata.generation ?? 0);
      return set.spec.replicas === 0 && set.status.replicas === 0 && isObserved;
    });
}

export function revisionText(set: ReplicaSetObject): string | undefined {
  return set.metadata.annotations?.[REVISION];
}
