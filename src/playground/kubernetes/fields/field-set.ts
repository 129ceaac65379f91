import { isObject, type Json, type JsonObject } from "../json.ts";
import type { ListSchema, Schema } from "../schema/schema.ts";

/** A path of FieldsV1 segments: `f:spec`, `k:{"name":"web"}`, `v:"x"`, and `.` for the element itself. */
export type FieldPath = string;
export type FieldSet = ReadonlySet<FieldPath>;

// Separates segments inside a path; it cannot occur in JSON strings unescaped.
export const SEPARATOR = "\u0001";

/** What nobody owns: identity, and what the server counts. */
const UNOWNED = new Set(
  [
    ["f:kind"],
    ["f:apiVersion"],
    ...["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"].map((key) => [
      "f:metadata",
      `f:${key}`,
    ]),
    ...["deletionGracePeriodSeconds", "selfLink", "managedFields"].map((key) => ["f:metadata", `f:${key}`]),
  ].map((path) => path.join(SEPARATOR)),
);

/** The owned fields of an object with their values, as server-side apply counts them. */
export function leavesOf(object: JsonObject, schema: Schema): Map<FieldPath, Json> {
  const leaves = new Map<FieldPath, Json>();
  collect(object, schema, { path: [], leaves });
  return leaves;
}

interface Collecting {
  readonly path: readonly string[];
  readonly leaves: Map<FieldPath, Json>;
}

function collect(value: Json, schema: Schema, { path, leaves }: Collecting): void {
  const key = path.join(SEPARATOR);
  if (UNOWNED.has(key)) return;
  const isMapLike = (schema.type === "object" && schema.isAtomic !== true) || schema.type === "map";
  if (isMapLike && isObject(value)) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    if (entries.length === 0 && path.length > 0) leaves.set(key, {});
    if (schema.type === "map" && entries.length > 0) leaves.set([...path, "."].join(SEPARATOR), {});
    for (const [name, inner] of entries) {
      if (inner !== undefined) collect(inner, fieldSchema(schema, name), { path: [...path, `f:${name}`], leaves });
    }
  } else if (schema.type === "list" && Array.isArray(value) && (schema.mapKeys !== undefined || schema.isSet === true)) {
    collectElements(value, schema, { path, leaves });
  } else leaves.set(key, value);
}

function collectElements(list: readonly Json[], schema: ListSchema, { path, leaves }: Collecting): void {
  for (const item of list) {
    const element = [...path, elementSegment(item, schema)];
    if (schema.isSet === true) {
      leaves.set(element.join(SEPARATOR), item);
      continue;
    }
    leaves.set([...element, "."].join(SEPARATOR), {});
    collect(item, schema.items, { path: element, leaves });
  }
}

function fieldSchema(schema: Schema, name: string): Schema {
  if (schema.type === "object") return schema.fields[name] ?? { type: "opaque" };
  return schema.type === "map" ? schema.values : { type: "opaque" };
}

/** `k:{"containerPort":80,"protocol":"TCP"}`; a port without a protocol is TCP. */
export function elementSegment(item: Json, { mapKeys, isSet }: ListSchema): string {
  if (isSet === true || mapKeys === undefined) return `v:${JSON.stringify(item)}`;
  const value = (key: string): Json => (isObject(item) ? (item[key] ?? (key === "protocol" ? "TCP" : null)) : null);
  return `k:${JSON.stringify(Object.fromEntries(mapKeys.map((key) => [key, value(key)])))}`;
}

/** The nested form of managedFields. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const root: JsonObject = {};
  for (const path of [...set].sort()) {
    let current = root;
    for (const segment of path.split(SEPARATOR)) {
      const next = current[segment];
      if (isObject(next)) current = next;
      else {
        const created: JsonObject = {};
        current[segment] = created;
        current = created;
      }
    }
  }
  return root;
}

export function fromFieldsV1(fields: JsonObject): Set<FieldPath> {
  const set = new Set<FieldPath>();
  const walk = (node: JsonObject, path: readonly string[]): void => {
    const entries = Object.entries(node);
    if (entries.length === 0 && path.length > 0) set.add(path.join(SEPARATOR));
    for (const [segment, inner] of entries) walk(isObject(inner) ? inner : {}, [...path, segment]);
  };
  walk(fields, []);
  return set;
}

/** True when `path` lies at or below `root`. */
export function isWithin(path: FieldPath, root: FieldPath): boolean {
  return path === root || path.startsWith(`${root}${SEPARATOR}`);
}

/** `.spec.template.spec.containers[name="web"].image`, as conflicts name fields. */
export function formatPath(path: FieldPath): string {
  return path
    .split(SEPARATOR)
    .map((segment) => {
      const rest = segment.slice(2);
      if (segment.startsWith("f:")) return `.${rest}`;
      if (segment.startsWith("v:")) return `[=${rest}]`;
      if (!segment.startsWith("k:")) return "";
      const keys: unknown = JSON.parse(rest);
      return `[${Object.entries(isObject(keys) ? keys : {})
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(",")}]`;
    })
    .join("");
}

export function isStatusPath(path: FieldPath): boolean {
  return isWithin(path, "f:status");
}
