import type { KubernetesObject } from "../types.ts";
import type { WatchEvent } from "./watch-event.ts";

/** What a watch has told so far, by uid: an object that was deleted and made anew under its name is another. */
export class KnownObjects {
  readonly #objects = new Map<string, KubernetesObject>();

  /** Notes one event as it passes. */
  apply({ type, object }: WatchEvent<KubernetesObject>): void {
    if (type === "DELETED") this.#objects.delete(object.metadata.uid);
    else this.#objects.set(object.metadata.uid, object);
  }

  /**
   * The events that lead from what was told to a new list: deletions first, so that a name is free before it is taken again. Versions are
   * opaque; only whether they are equal counts.
   *
   * @param isResync marks the events as found by comparison; false for the first list
   */
  *replace(items: readonly KubernetesObject[], isResync: boolean): Generator<WatchEvent<KubernetesObject>> {
    const mark = isResync ? { isResync } : {};
    const present = new Map(items.map((item) => [item.metadata.uid, item]));
    for (const [uid, object] of this.#objects) {
      if (!present.has(uid)) yield this.#told({ type: "DELETED", object, ...mark });
    }
    for (const [uid, object] of present) {
      const known = this.#objects.get(uid);
      if (known?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      yield this.#told({ type: known === undefined ? "ADDED" : "MODIFIED", object, ...mark });
    }
  }

  #told(event: WatchEvent<KubernetesObject>): WatchEvent<KubernetesObject> {
    this.apply(event);
    return event;
  }
}
