import type { KubeObject } from "./object.ts";
import type { ResourceType } from "./resource-type.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One write, as watches and controllers see it. */
export interface Change {
  readonly type: ChangeType;
  readonly resource: ResourceType;
  readonly revision: number;
  readonly object: KubeObject;
  /** The object before the write: a selection may lose it. */
  readonly previous: KubeObject | undefined;
}

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  changes: Change[];
  /** Revisions up to this one are no longer in `changes`. */
  compactedRevision: number;
}

/** Changes kept per resource before the oldest are compacted. */
const HISTORY_LIMIT = 5000;

/**
 * The objects and their history under one ever growing revision, as etcd keeps them.
 * Objects are immutable: a write puts a new one.
 */
export class ObjectStore {
  #revision = 100;
  readonly #shelves = new Map<string, Shelf>();
  readonly #listeners = new Set<(change: Change) => void>();

  /** The revision of the latest write. */
  get revision(): number {
    return this.#revision;
  }

  get(type: ResourceType, name: string, namespace = ""): KubeObject | undefined {
    return this.#shelf(type).objects.get(key(namespace, name));
  }

  /** Sorted by namespace and name, as etcd's keys are. */
  list(type: ResourceType, namespace = ""): KubeObject[] {
    return sorted([...this.#shelf(type).objects.values()].filter((object) => namespace === "" || object.metadata.namespace === namespace));
  }

  /** Stores an object under its name and gives it the next revision. */
  put<T extends KubeObject>(type: ResourceType, object: T): T {
    const shelf = this.#shelf(type);
    const path = key(object.metadata.namespace, object.metadata.name);
    const previous = shelf.objects.get(path);
    this.#revision += 1;
    const stored: T = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
    shelf.objects.set(path, stored);
    this.#record(shelf, {
      type: previous === undefined ? "ADDED" : "MODIFIED",
      resource: type,
      revision: this.#revision,
      object: stored,
      previous,
    });
    return stored;
  }

  /** Removes an object; the DELETED change carries the revision of the removal. */
  remove(type: ResourceType, object: KubeObject): KubeObject | undefined {
    const shelf = this.#shelf(type);
    const path = key(object.metadata.namespace, object.metadata.name);
    const previous = shelf.objects.get(path);
    if (previous === undefined) return undefined;
    this.#revision += 1;
    shelf.objects.delete(path);
    const last: KubeObject = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(this.#revision) } };
    this.#record(shelf, { type: "DELETED", resource: type, revision: this.#revision, object: last, previous });
    return last;
  }

  /** Calls `listener` on each write, at once; the returned function ends that. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes after a revision, or undefined when some of them are compacted away. */
  changesSince(type: ResourceType, revision: number): readonly Change[] | undefined {
    const shelf = this.#shelf(type);
    if (revision < shelf.compactedRevision) return undefined;
    return shelf.changes.filter((change) => change.revision > revision);
  }

  /** The objects as they were at a revision, or undefined when that is compacted away. */
  snapshot(type: ResourceType, revision: number): KubeObject[] | undefined {
    const changes = this.changesSince(type, revision);
    if (changes === undefined) return undefined;
    const objects = new Map(this.#shelf(type).objects);
    for (const change of [...changes].reverse()) {
      const path = key(change.object.metadata.namespace, change.object.metadata.name);
      if (change.previous === undefined) objects.delete(path);
      else objects.set(path, change.previous);
    }
    return sorted([...objects.values()]);
  }

  /** The oldest revision a watch may still start from. */
  oldestRevision(type: ResourceType): number {
    return this.#shelf(type).compactedRevision;
  }

  /** Forgets the history up to now: older watches and continue tokens expire. */
  compact(): void {
    this.#revision += 1;
    for (const shelf of this.#shelves.values()) {
      shelf.changes = [];
      shelf.compactedRevision = this.#revision;
    }
  }

  #record(shelf: Shelf, change: Change): void {
    shelf.changes.push(change);
    if (shelf.changes.length > HISTORY_LIMIT) {
      const dropped = shelf.changes.splice(0, HISTORY_LIMIT / 2);
      shelf.compactedRevision = dropped.at(-1)?.revision ?? shelf.compactedRevision;
    }
    for (const listener of Array.from(this.#listeners)) listener(change);
  }

  #shelf(type: ResourceType): Shelf {
    const name = `${type.group}/${type.plural}`;
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) {
      shelf = { objects: new Map(), changes: [], compactedRevision: 0 };
      this.#shelves.set(name, shelf);
    }
    return shelf;
  }
}

function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

function sorted(objects: KubeObject[]): KubeObject[] {
  const path = (object: KubeObject): string => key(object.metadata.namespace, object.metadata.name);
  return objects.sort((left, right) => (path(left) < path(right) ? -1 : 1));
}
