import type { Json, JsonObject } from "./json.ts";

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

export type ManagedFieldsEntry = {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time?: string;
  fieldsType: "FieldsV1";
  fieldsV1: JsonObject;
  subresource?: string;
};

export type ObjectMeta = {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
};

/** A stored object. Treated as immutable: every write stores a new one. */
export type KubeObject = JsonObject & { apiVersion: string; kind: string; metadata: ObjectMeta };

/** RFC 3339 in seconds, the resolution of every timestamp in the API. */
export function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

/** The reference that marks its owner as the controlling one, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** A copy with a changed part; the original stays as the event history has it. */
export function revise<T extends KubeObject>(object: T, change: (draft: T) => void): T {
  const draft = structuredClone(object);
  change(draft);
  return draft;
}

/** The object without its type, as the items of a list come. */
export function withoutType(object: KubeObject): JsonObject {
  const item: { [key: string]: Json | undefined } = { ...object };
  delete item["kind"];
  delete item["apiVersion"];
  return item;
}
