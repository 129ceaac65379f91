import { deleteObject, FOREGROUND, ORPHAN, removeFinalizer } from "../deletion.ts";
import { type KubeObject, revise } from "../object.ts";
import type { Registry, Target } from "../registry.ts";
import { namespaces, resourceTypes, type ResourceType } from "../resource-type.ts";
import type { Change } from "../store.ts";

const REACT_MS = 30;
const COLLECTOR = { manager: "kube-controller-manager" } as const;

/** Deletes what has lost its owner, and empties namespaces: https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
export class GarbageCollector {
  readonly #registry: Registry;
  readonly #pending = new Set<string>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Reacts to deletions, also of what somebody waits for. */
  observe({ resource, object, type }: Change): void {
    const { uid, finalizers = [], deletionTimestamp } = object.metadata;
    if (type === "DELETED") {
      this.#later(`gone ${uid}`, () => this.#collect(uid));
      for (const owner of object.metadata.ownerReferences ?? []) this.#later(`owner ${owner.uid}`, () => this.#recheck(owner.uid));
      if (resource.isNamespaced)
        this.#later(`ns ${object.metadata.namespace}`, () => this.#finishNamespace(object.metadata.namespace ?? ""));
    } else if (deletionTimestamp !== undefined) {
      if (finalizers.includes(FOREGROUND)) this.#later(`foreground ${uid}`, () => this.#foreground(resource, object));
      if (finalizers.includes(ORPHAN)) this.#later(`orphan ${uid}`, () => this.#orphan(resource, object));
      if (resource === namespaces) this.#later(`ns ${object.metadata.name}`, () => this.#emptyNamespace(object.metadata.name));
    } else if (type === "ADDED" && object.metadata.ownerReferences !== undefined) {
      this.#later(`new ${uid}`, () => this.#collectIfOrphan(resource, object));
    }
  }

  #later(key: string, run: () => void): void {
    if (this.#pending.has(key)) return;
    this.#pending.add(key);
    this.#registry.agenda.after(REACT_MS, () => {
      this.#pending.delete(key);
      run();
    });
  }

  #everything(): { type: ResourceType; object: KubeObject }[] {
    return resourceTypes.flatMap((type) => this.#registry.store.list(type).map((object) => ({ type, object })));
  }

  #dependents(uid: string): { type: ResourceType; object: KubeObject }[] {
    return this.#everything().filter(({ object }) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid));
  }

  #collect(uid: string): void {
    for (const { type, object } of this.#dependents(uid)) this.#collectIfOrphan(type, object);
  }

  /** Deletes an object none of whose owners is left; otherwise forgets the owners that are gone. */
  #collectIfOrphan(type: ResourceType, seen: KubeObject): void {
    const object = this.#registry.store.get(type, seen.metadata.name, seen.metadata.namespace);
    const owners = object?.metadata.ownerReferences ?? [];
    if (object === undefined || owners.length === 0) return;
    const uids = new Set(this.#everything().map((other) => other.object.metadata.uid));
    const living = owners.filter((owner) => uids.has(owner.uid));
    if (living.length === owners.length) return;
    if (living.length === 0) {
      if (object.metadata.deletionTimestamp === undefined)
        deleteObject(this.#registry, target(type, object), { propagationPolicy: "Background" });
      return;
    }
    this.#registry.update(target(type, object), COLLECTOR, (current) =>
      revise(current, (draft) => (draft.metadata.ownerReferences = living)),
    );
  }

  #foreground(type: ResourceType, owner: KubeObject): void {
    for (const { type: dependentType, object } of this.#dependents(owner.metadata.uid)) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      deleteObject(this.#registry, target(dependentType, object), { propagationPolicy: "Foreground" });
    }
    this.#finishForeground(type, owner);
  }

  #finishForeground(type: ResourceType, owner: KubeObject): void {
    const blocking = this.#dependents(owner.metadata.uid).some(({ object }) =>
      object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion === true),
    );
    if (!blocking) removeFinalizer(this.#registry, target(type, owner), FOREGROUND);
  }

  #recheck(uid: string): void {
    const found = this.#everything().find(({ object }) => object.metadata.uid === uid);
    if (found?.object.metadata.finalizers?.includes(FOREGROUND) === true) this.#finishForeground(found.type, found.object);
  }

  #orphan(type: ResourceType, owner: KubeObject): void {
    for (const { type: dependentType, object } of this.#dependents(owner.metadata.uid)) {
      this.#registry.update(target(dependentType, object), COLLECTOR, (current) =>
        revise(current, (draft) => {
          draft.metadata.ownerReferences = draft.metadata.ownerReferences?.filter((reference) => reference.uid !== owner.metadata.uid);
          if (draft.metadata.ownerReferences?.length === 0) delete draft.metadata.ownerReferences;
        }),
      );
    }
    removeFinalizer(this.#registry, target(type, owner), ORPHAN);
  }

  #emptyNamespace(namespace: string): void {
    for (const type of resourceTypes) {
      if (!type.isNamespaced) continue;
      for (const object of this.#registry.store.list(type, namespace)) {
        if (object.metadata.deletionTimestamp === undefined) deleteObject(this.#registry, target(type, object));
      }
    }
    this.#finishNamespace(namespace);
  }

  #finishNamespace(name: string): void {
    const namespace = this.#registry.store.get(namespaces, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const isEmpty = resourceTypes.every((type) => !type.isNamespaced || this.#registry.store.list(type, name).length === 0);
    if (isEmpty) this.#registry.store.remove(namespaces, namespace);
  }
}

function target(type: ResourceType, { metadata }: KubeObject): Target {
  return { type, namespace: metadata.namespace ?? "", name: metadata.name };
}
