import { clone, isEqual, isObject, type Json, type JsonObject } from "../json.ts";
import type { ListSchema, Schema } from "../schema/schema.ts";
import { elementSegment, type FieldPath, SEPARATOR } from "./field-set.ts";

/** Lays an applied configuration over the live object: keyed lists merge by their keys, atomic values are replaced. */
export function applyMerge(live: Json | undefined, applied: Json, schema: Schema): Json {
  const isMapLike = (schema.type === "object" && schema.isAtomic !== true) || schema.type === "map";
  if (isMapLike && isObject(applied)) {
    const result: JsonObject = isObject(live) ? { ...live } : {};
    for (const [key, value] of Object.entries(applied)) {
      if (value !== undefined) result[key] = applyMerge(result[key], value, childSchema(schema, key));
    }
    return result;
  }
  if (schema.type === "list" && Array.isArray(applied) && (schema.mapKeys !== undefined || schema.isSet === true)) {
    return mergeElements(Array.isArray(live) ? live : [], applied, schema);
  }
  return clone(applied);
}

function mergeElements(live: readonly Json[], applied: readonly Json[], schema: ListSchema): Json[] {
  const result = [...live];
  for (const item of applied) {
    const segment = elementSegment(item, schema);
    const index = result.findIndex((other) => elementSegment(other, schema) === segment);
    if (index === -1) result.push(clone(item));
    else if (schema.isSet !== true) result[index] = applyMerge(result[index], item, schema.items);
  }
  return result;
}

function childSchema(schema: Schema, key: string): Schema {
  if (schema.type === "object") return schema.fields[key] ?? { type: "opaque" };
  return schema.type === "map" ? schema.values : { type: "opaque" };
}

/** Removes what a manager applied before and no longer does, unless somebody else owns it too. */
export function prune(value: Json, schema: Schema, isGone: (path: FieldPath) => boolean): Json {
  return pruneAt(value, schema, { path: [], isGone }) ?? {};
}

interface Pruning {
  readonly path: readonly string[];
  readonly isGone: (path: FieldPath) => boolean;
}

function pruneAt(value: Json, schema: Schema, { path, isGone }: Pruning): Json | undefined {
  if (path.length > 0 && isGone(path.join(SEPARATOR))) return undefined;
  const isMapLike = (schema.type === "object" && schema.isAtomic !== true) || schema.type === "map";
  if (isMapLike && isObject(value)) {
    const entries = Object.entries(value).map(([key, inner]): [string, Json | undefined] => {
      return [key, inner === undefined ? undefined : pruneAt(inner, childSchema(schema, key), { path: [...path, `f:${key}`], isGone })];
    });
    return Object.fromEntries(entries);
  }
  if (schema.type !== "list" || !Array.isArray(value) || (schema.mapKeys === undefined && schema.isSet !== true)) return value;
  const kept = value.flatMap((item) => {
    const element = [...path, elementSegment(item, schema)];
    if (isGone([...element, "."].join(SEPARATOR))) return [];
    const inner = pruneAt(item, schema.items, { path: element, isGone });
    return inner === undefined ? [] : [inner];
  });
  return isEqual(kept, value) ? value : kept;
}
