import { isEqual, type JsonObject } from "../json.ts";
import { type KubeObject, type ManagedFieldsEntry, timestamp } from "../object.ts";
import { groupVersion, type ResourceType } from "../resource-type.ts";
import { type FieldPath, fromFieldsV1, isStatusPath, leavesOf, toFieldsV1 } from "./field-set.ts";

export interface FieldWrite {
  readonly manager: string;
  readonly type: ResourceType;
  readonly now: number;
  readonly subresource?: string;
  /** The configuration of a server-side apply; absent: the write is an Update. */
  readonly applied?: JsonObject;
}

/** One manager and the fields it owns. */
export interface Ownership {
  readonly entry: ManagedFieldsEntry;
  readonly fields: ReadonlySet<FieldPath>;
}

export function ownershipsOf(object: KubeObject | undefined): Ownership[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({ entry, fields: fromFieldsV1(entry.fieldsV1) }));
}

/**
 * The object with managedFields brought up to date: who writes a field owns it, and takes it from the others.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function trackFields(previous: KubeObject | undefined, next: KubeObject, write: FieldWrite): KubeObject {
  const { schema } = write.type;
  const before = previous === undefined ? new Map() : leavesOf(previous, schema);
  const after = leavesOf(next, schema);
  const isOwn = (path: FieldPath): boolean => write.subresource === "status" || !isStatusPath(path);
  const changed = [...after].filter(([path, value]) => isOwn(path) && !isEqual(before.get(path), value)).map(([path]) => path);
  const taken = new Set(changed);
  const mine = write.applied === undefined ? taken : new Set(leavesOf(write.applied, schema).keys());
  const ownerships = ownershipsOf(previous);
  const own = ownerships.find(({ entry }) => isSameManager(entry, write));
  const others = ownerships
    .filter((ownership) => ownership !== own)
    .map(({ entry, fields }) => shrink(entry, fields, (path) => after.has(path) && !taken.has(path)));
  const kept = write.applied === undefined ? [...(own?.fields ?? [])].filter((path) => after.has(path)) : [];
  const fields = new Set([...kept, ...mine]);
  const entries = [...others.filter((entry) => entry !== undefined), ...ownEntry(own, fields, write)];
  const managedFields = entries.length === 0 ? undefined : entries.sort(byOperationAndTime);
  return { ...next, metadata: { ...next.metadata, managedFields } };
}

function isSameManager(entry: ManagedFieldsEntry, write: FieldWrite): boolean {
  const operation = write.applied === undefined ? "Update" : "Apply";
  return entry.manager === write.manager && entry.operation === operation && entry.subresource === write.subresource;
}

function shrink(
  entry: ManagedFieldsEntry,
  fields: ReadonlySet<FieldPath>,
  keeps: (path: FieldPath) => boolean,
): ManagedFieldsEntry | undefined {
  const left = new Set([...fields].filter((path) => keeps(path)));
  if (left.size === fields.size) return entry;
  return left.size === 0 ? undefined : { ...entry, fieldsV1: toFieldsV1(left) };
}

/** Unchanged ownership keeps its time: a write that changes nothing must not change the object. */
function ownEntry(own: Ownership | undefined, fields: ReadonlySet<FieldPath>, write: FieldWrite): ManagedFieldsEntry[] {
  if (fields.size === 0) return [];
  const fieldsV1 = toFieldsV1(fields);
  if (own !== undefined && isEqual(own.entry.fieldsV1, fieldsV1)) return [own.entry];
  return [
    {
      manager: write.manager,
      operation: write.applied === undefined ? "Update" : "Apply",
      apiVersion: groupVersion(write.type),
      time: timestamp(write.now),
      fieldsType: "FieldsV1",
      fieldsV1,
      ...(write.subresource === undefined ? {} : { subresource: write.subresource }),
    },
  ];
}

function byOperationAndTime(left: ManagedFieldsEntry, right: ManagedFieldsEntry): number {
  const rank = (entry: ManagedFieldsEntry): string => [entry.operation, entry.time, entry.manager, entry.subresource].join(" ");
  return rank(left).localeCompare(rank(right));
}
