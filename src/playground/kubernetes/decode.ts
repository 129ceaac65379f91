import { isObject, type Json, type JsonObject } from "./json.ts";
import type { ObjectSchema, ScalarSchema, Schema } from "./schema/schema.ts";

export interface Decoded {
  /** Known fields only; nulls, empty lists and maps, and omitted zeros are absent, as after a round trip through the Go types. */
  readonly object: JsonObject;
  /** Paths such as `spec.template.spec.containers[0].imagee`. */
  readonly unknownFields: readonly string[];
}

/** A value of the wrong JSON type, in the words of the real decoder. */
export class DecodeTypeError extends Error {
  override readonly name = "DecodeTypeError";
}

interface Place {
  /** With indices: `spec.containers[0].image`. */
  readonly path: string;
  /** Without: `spec.containers.image`, as decoding errors name it. */
  readonly jsonPath: string;
  readonly struct: string;
}

/** Decodes an object as the API server does into its Go types. Throws DecodeTypeError. */
export function decode(value: JsonObject, schema: ObjectSchema): Decoded {
  const unknownFields: string[] = [];
  const object = decodeObject(value, schema, { place: { path: "", jsonPath: "", struct: schema.goType }, unknownFields });
  return { object, unknownFields };
}

interface Context {
  readonly place: Place;
  readonly unknownFields: string[];
}

function decodeObject(value: JsonObject, schema: ObjectSchema, context: Context): JsonObject {
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const path = join(context.place.path, key);
    const field = schema.fields[key];
    if (field === undefined) {
      context.unknownFields.push(path);
      continue;
    }
    const place = { path, jsonPath: join(context.place.jsonPath, key), struct: schema.goType };
    const decoded = decodeValue(inner, field, { ...context, place });
    if (decoded !== undefined) result[key] = decoded;
  }
  return result;
}

function decodeValue(value: Json, schema: Schema, context: Context): Json | undefined {
  if (value === null) return undefined;
  switch (schema.type) {
    case "opaque":
      return value;
    case "object":
      if (!isObject(value)) throw mismatch(value, `v1.${schema.goType}`, context.place);
      return decodeObject(value, schema, context);
    case "map":
      return decodeMap(value, schema.values, context);
    case "list":
      return decodeList(value, schema.items, context);
    default:
      return decodeScalar(value, schema, context.place);
  }
}

function decodeMap(value: Json, values: Schema, context: Context): JsonObject | undefined {
  if (!isObject(value)) throw mismatch(value, "map[string]string", context.place);
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => {
    // An empty or null string is a value in a map, not an absent field.
    if (inner === "" || inner === null || inner === undefined) return [key, ""];
    return [key, decodeValue(inner, values, context) ?? ""];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function decodeList(value: Json, items: Schema, context: Context): Json[] | undefined {
  if (!Array.isArray(value)) throw mismatch(value, items.type === "object" ? `[]v1.${items.goType}` : "[]string", context.place);
  const list = value.map((item, index) => {
    const place = { ...context.place, path: `${context.place.path}[${index}]` };
    return decodeValue(item, items, { ...context, place }) ?? (items.type === "object" ? {} : "");
  });
  return list.length === 0 ? undefined : list;
}

/** Go's time.Parse takes exactly as many digits as the layout has. */
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;

function decodeScalar(value: Json, schema: ScalarSchema, place: Place): Json | undefined {
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") throw mismatch(value, "string", place);
      return value === "" && schema.omitsZero === true ? undefined : value;
    case "integer":
      if (typeof value !== "number") throw mismatch(value, "int32", place);
      if (!Number.isInteger(value)) throw mismatch(value, "int32", place);
      return value === 0 && schema.omitsZero === true ? undefined : value;
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(value, "bool", place);
      return !value && schema.omitsZero === true ? undefined : value;
    case "microTime":
      if (typeof value !== "string") throw mismatch(value, "string", place);
      if (!MICRO_TIME.test(value))
        throw new DecodeTypeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`);
      return value;
    case "intOrString":
      if (typeof value !== "number" && typeof value !== "string") throw mismatch(value, "intstr.IntOrString", place);
      return value;
  }
}

function mismatch(value: Json, goType: string, place: Place): DecodeTypeError {
  return new DecodeTypeError(
    `json: cannot unmarshal ${typeName(value)} into Go struct field ${place.struct}.${place.jsonPath} of type ${goType}`,
  );
}

function typeName(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  // The decoder names a number that is none of the wanted kind.
  if (typeof value === "number" && !Number.isInteger(value)) return `number ${value}`;
  return typeof value;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
