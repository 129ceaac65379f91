import type { Admission } from "./registry.ts";
import { pods } from "./resource-type.ts";
import { isPod } from "./shapes.ts";
import { forbidden } from "./status-error.ts";
import type { ObjectStore } from "./store.ts";

/** A ResourceQuota on the number of pods in a namespace. */
export interface PodQuota {
  readonly namespace: string;
  readonly pods: number;
  /** Default "pods". */
  readonly name?: string;
}

/** Refuses pods beyond the quota, in the words of the real admission plugin. */
export function podQuota(store: ObjectStore, { namespace, pods: limit, name = "pods" }: PodQuota): Admission {
  return (object, type) => {
    if (type !== pods || object.metadata.namespace !== namespace) return;
    const used = store
      .list(pods, namespace)
      .filter((pod) => isPod(pod) && pod.status.phase !== "Failed" && pod.status.phase !== "Succeeded").length;
    if (used < limit) return;
    throw forbidden(pods, object.metadata.name, {
      why: `exceeded quota: ${name}, requested: pods=1, used: pods=${used}, limited: pods=${limit}`,
    });
  };
}
