import { randomBytes } from "node:crypto";
import { at } from "../json.ts";
import { type KubeObject, timestamp } from "../object.ts";
import type { Registry } from "../registry.ts";
import { events, namespaces } from "../resource-type.ts";

export interface EventDetails {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** `kubelet`, `deployment-controller`, … */
  readonly component: string;
  /** `spec.containers{web}`: which part of the object. */
  readonly fieldPath?: string;
}

/** Records an Event about an object, or counts up the same one, as `kubectl describe` shows it. */
export function recordEvent(registry: Registry, about: KubeObject, details: EventDetails): void {
  const namespace = about.metadata.namespace ?? "default";
  // A namespace that is going takes no new objects, and an Event is not worth a failure.
  if (registry.store.get(namespaces, namespace)?.metadata.deletionTimestamp !== undefined) return;
  const now = timestamp(registry.agenda.now());
  const same = registry.store
    .list(events, namespace)
    .find(
      (event) =>
        at(event, "involvedObject", "uid") === about.metadata.uid &&
        event["reason"] === details.reason &&
        event["message"] === details.message,
    );
  if (same !== undefined) {
    const count = typeof same["count"] === "number" ? same["count"] + 1 : 2;
    registry.store.put(events, { ...same, lastTimestamp: now, count });
    return;
  }
  const { metadata } = about;
  const involvedObject = {
    kind: about.kind,
    namespace,
    name: metadata.name,
    uid: metadata.uid,
    apiVersion: about.apiVersion,
    resourceVersion: metadata.resourceVersion,
    fieldPath: details.fieldPath,
  };
  const name = `${metadata.name}.${randomBytes(8).toString("hex")}`;
  const body = {
    metadata: { name },
    involvedObject,
    reason: details.reason,
    message: details.message,
    source: { component: details.component, ...(details.component === "kubelet" ? { host: "node-1" } : {}) },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: details.type,
    eventTime: null,
    reportingComponent: details.component,
    reportingInstance: details.component === "kubelet" ? "node-1" : "",
  };
  registry.create({ type: events, namespace, name }, body, { manager: details.component });
}
