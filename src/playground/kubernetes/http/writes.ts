import { decode, DecodeTypeError } from "../decode.ts";
import { applyObject } from "../fields/apply.ts";
import { child, type Json, type JsonObject } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Registry } from "../registry.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { conflict, invalid, type StatusError } from "../status-error.ts";
import type { Call } from "./call.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { expectedOf, mediaType, readObject, readPatch } from "./body.ts";
import { goFormat, patchDocument, type PatchType, patchTypeOf } from "./patch-document.ts";
import type { ResourceRoute } from "./route.ts";
import { readWriteQuery, type WriteQuery } from "./write-query.ts";

/** A stored (or, in a dry run, would-be) object and what the client shall be warned of. */
export interface Written {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
  readonly isCreated: boolean;
}

/** POST to a collection. */
export function createFrom(registry: Registry, route: ResourceRoute, call: Call): Written {
  const query = readWriteQuery(call, "CreateOptions");
  const warnings: string[] = [];
  const body = readObject(call, expectedOf(route.type), { validation: query.validation, warnings });
  const object = registry.create({ ...route, name: "" }, body, { manager: query.manager, isDryRun: query.isDryRun });
  return { object, warnings, isCreated: true };
}

/** PUT of an object or of its status. */
export function replaceFrom(registry: Registry, route: ResourceRoute, call: Call): Written {
  const query = readWriteQuery(call, "UpdateOptions");
  const warnings: string[] = [];
  const body = readObject(call, expectedOf(route.type), { validation: query.validation, warnings });
  const { uid } = child(body, "metadata");
  const current = registry.get(route);
  if (typeof uid === "string" && uid !== current.metadata.uid) throw wrongUid(route, uid, current.metadata.uid);
  const object = registry.update(route, writeOptions(query, route), () => body);
  return { object, warnings, isCreated: false };
}

function wrongUid({ type, namespace, name }: ResourceRoute, given: string, actual: string): StatusError {
  const key = `/registry/${type.plural}/${namespace === "" ? "" : `${namespace}/`}${name}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given}, UID in object meta: ${actual}`;
  return conflict(type, name, why);
}

/** PATCH of an object or of its status. */
export function patchFrom(registry: Registry, route: ResourceRoute, call: Call): Written {
  const type = patchTypeOf(mediaType(call));
  const query = readWriteQuery(call, "PatchOptions", type === "apply");
  const patch = readPatch(call);
  const warnings: string[] = [];
  if (type === "apply") return { ...applyObject(registry, { target: route, patch, ...query }), warnings };
  const duplicates = type === "json" ? [] : duplicateFields(call.body.toString("utf8"));
  const object = registry.update(route, writeOptions(query, route), (current) => {
    const patched = patchDocument(structuredClone(current), patch, { type, schema: route.type.schema });
    return decodePatched(patched, { patch, type, schema: route.type.schema, query, warnings, duplicates });
  });
  return { object, warnings, isCreated: false };
}

function writeOptions(query: WriteQuery, { subresource }: ResourceRoute): Parameters<Registry["update"]>[1] {
  return { manager: query.manager, isDryRun: query.isDryRun, ...(subresource === "status" ? { subresource } : {}) };
}

export interface Patched {
  readonly patch: Json;
  readonly type: PatchType;
  readonly schema: ObjectSchema;
  readonly query: WriteQuery;
  readonly warnings: string[];
  readonly duplicates: readonly string[];
}

/**
 * Decodes the patched object. A failure is 422 on the field `patch`, and its message repeats the whole merged object
 * (or, of a strategic patch, the patch): clients must not forward it unread.
 */
export function decodePatched(patched: JsonObject, { patch, type, schema, query, warnings, duplicates }: Patched): JsonObject {
  const reject = (why: string): StatusError => {
    const shown = type === "strategic" ? goFormat(patch) : JSON.stringify(patched);
    const message = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
    return invalid({ group: "", kind: "", name: "" }, [{ field: "patch", reason: "FieldValueInvalid", message }]);
  };
  try {
    const { object, unknownFields } = decode(patched, schema);
    const issues = [...duplicates.map((path) => `duplicate field "${path}"`), ...unknownFields.map((path) => `unknown field "${path}"`)];
    if (issues.length > 0 && query.validation === "Strict") throw reject(`strict decoding error: ${issues.join(", ")}`);
    if (query.validation === "Warn") warnings.push(...issues);
    return object;
  } catch (error) {
    throw error instanceof DecodeTypeError ? reject(error.message) : error;
  }
}
