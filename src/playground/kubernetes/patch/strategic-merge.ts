import { clone, isEqual, isObject, type Json, type JsonObject } from "../json.ts";
import type { ListSchema, Schema } from "../schema/schema.ts";

/** A patch that contradicts itself or the lists it merges into: answered as 500 or 400 by the API server. */
export class StrategicMergeError extends Error {
  override readonly name = "StrategicMergeError";
}

const DELETE_FROM = "$deleteFromPrimitiveList/";
const SET_ORDER = "$setElementOrder/";

/**
 * Kubernetes' strategic merge patch: lists with a merge key merge by it, and directives
 * (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) steer it.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicMerge(target: Json | undefined, patch: Json, schema: Schema): Json {
  if (!isObject(patch)) return clone(patch);
  return mergeObject(isObject(target) ? target : {}, patch, schema);
}

function mergeObject(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  const directive = patch["$patch"];
  if (directive === "replace") return withoutDirectives(patch);
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge")
    throw new StrategicMergeError(`unknown $patch directive: ${JSON.stringify(directive)}`);
  const result = retain(clone(target), patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$") || value === undefined) continue;
    mergeField(result, { key, value, patch, schema: fieldSchema(schema, key) });
  }
  applyListDirectives(result, patch, schema);
  return result;
}

interface FieldMerge {
  readonly key: string;
  readonly value: Json;
  readonly patch: JsonObject;
  readonly schema: Schema;
}

function mergeField(result: JsonObject, { key, value, patch, schema }: FieldMerge): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const current = result[key];
  if (schema.type === "list" && Array.isArray(value)) {
    result[key] = mergeList(Array.isArray(current) ? current : [], value, { schema, order: patch[SET_ORDER + key] });
    return;
  }
  // The directive replaces an object where it stands: `{"strategy":{"$patch":"replace","type":"Recreate"}}`.
  if (isObject(value)) {
    if (value["$patch"] === "delete") delete result[key];
    else result[key] = mergeObject(isObject(current) ? current : {}, value, schema);
    return;
  }
  result[key] = clone(value);
}

function fieldSchema(schema: Schema, key: string): Schema {
  if (schema.type === "object") return schema.fields[key] ?? { type: "opaque" };
  if (schema.type === "map") return schema.values;
  return { type: "opaque" };
}

/** `$retainKeys` names the only keys that may stay: how a strategy changes from RollingUpdate to Recreate. */
function retain(target: JsonObject, patch: JsonObject): JsonObject {
  const retained = patch["$retainKeys"];
  if (retained === undefined) return target;
  if (!Array.isArray(retained)) throw new StrategicMergeError("invalid patch format of $retainKeys");
  const absent = Object.keys(patch).find((key) => !key.startsWith("$") && patch[key] !== null && !retained.includes(key));
  if (absent !== undefined)
    throw new StrategicMergeError("$retainKeys list doesn't match the patch: a key of the patch is not in the list");
  return Object.fromEntries(Object.entries(target).filter(([key]) => retained.includes(key)));
}

function applyListDirectives(result: JsonObject, patch: JsonObject, schema: Schema): void {
  for (const [directive, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (directive.startsWith(DELETE_FROM)) {
      const key = directive.slice(DELETE_FROM.length);
      const list = result[key];
      if (Array.isArray(list)) result[key] = list.filter((item) => !value.some((gone) => isEqual(gone, item)));
    } else if (directive.startsWith(SET_ORDER)) {
      const key = directive.slice(SET_ORDER.length);
      const list = result[key];
      const listSchema = fieldSchema(schema, key);
      if (Array.isArray(list) && listSchema.type === "list" && patch[key] === undefined) result[key] = ordered(list, value, listSchema);
    }
  }
}

interface ListMerge {
  readonly schema: ListSchema;
  readonly order: Json | undefined;
}

function mergeList(target: readonly Json[], patch: readonly Json[], { schema, order }: ListMerge): Json[] {
  const merged = mergeElements(target, patch, schema);
  return Array.isArray(order) ? ordered(merged, order, schema) : merged;
}

function mergeElements(target: readonly Json[], patch: readonly Json[], schema: ListSchema): Json[] {
  if (schema.isSet === true) return [...target, ...patch.filter((item) => !target.some((old) => isEqual(old, item)))];
  const { mergeKey } = schema;
  if (mergeKey === undefined) return patch.map((item) => clone(item));
  if (patch.some((item) => isObject(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !(isObject(item) && item["$patch"] === "replace")).map((item) => withoutNulls(clone(item)));
  }
  let result = [...target];
  for (const item of patch) {
    if (!isObject(item) || item[mergeKey] === undefined) {
      throw new StrategicMergeError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    }
    const sameKey = (other: Json): boolean => isObject(other) && isEqual(other[mergeKey], item[mergeKey]);
    if (item["$patch"] === "delete") {
      result = result.filter((other) => !sameKey(other));
      continue;
    }
    const index = result.findIndex((other) => sameKey(other));
    if (index === -1) result.push(mergeObject({}, item, schema.items));
    else result[index] = mergeObject(asObject(result[index]), item, schema.items);
  }
  return result;
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** Elements named by the order come in that order; the others keep their places among themselves, after their predecessor. */
function ordered(list: readonly Json[], order: readonly Json[], schema: ListSchema): Json[] {
  const identity = (item: Json): string => {
    const { mergeKey } = schema;
    return JSON.stringify(mergeKey !== undefined && isObject(item) ? (item[mergeKey] ?? null) : item);
  };
  const wanted = order.map((item) => identity(item));
  const rank = (item: Json): number => wanted.indexOf(identity(item));
  const placed = list.filter((item) => rank(item) !== -1).sort((left, right) => rank(left) - rank(right));
  const result: Json[] = [...placed];
  list.forEach((item, index) => {
    if (rank(item) !== -1) return;
    const before = list.slice(0, index).at(-1);
    const position = before === undefined ? 0 : result.indexOf(before) + 1;
    result.splice(position, 0, item);
  });
  return result;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const rest = Object.entries(patch).filter(([key]) => !key.startsWith("$"));
  return asObject(withoutNulls(clone(Object.fromEntries(rest))));
}

/** Nulls of a patch delete; in a value that is new altogether there is nothing to delete. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== null && inner !== undefined) result[key] = withoutNulls(inner);
  return result;
}
