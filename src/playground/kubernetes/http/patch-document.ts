import { isObject, type Json, type JsonObject } from "../json.ts";
import { applyJsonPatch, JsonPatchError, parseJsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { strategicMerge, StrategicMergeError } from "../patch/strategic-merge.ts";
import type { Schema } from "../schema/schema.ts";
import { badRequest, StatusError } from "../status-error.ts";

export type PatchType = "merge" | "strategic" | "json" | "apply";

const TYPES: Readonly<Record<string, PatchType>> = {
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/json-patch+json": "json",
  "application/apply-patch+yaml": "apply",
};
const OPERATIONS_LIMIT = 10_000;

/** The kind of a patch by its media type; else 415, without a list of the right ones. */
export function patchTypeOf(media: string): PatchType {
  const found = TYPES[media];
  if (found !== undefined) return found;
  throw new StatusError(415, "UnsupportedMediaType", { message: "415: Unsupported Media Type", details: {} });
}

/** What a patch makes of a document. Failures answer as the API server's do. */
export function patchDocument(
  document: JsonObject,
  patch: Json,
  { type, schema }: { type: Exclude<PatchType, "apply">; schema: Schema },
): JsonObject {
  const result = type === "json" ? patchByOperations(document, patch) : mergeInto(document, patch, { type, schema });
  if (isObject(result)) return result;
  throw unprocessable();
}

function mergeInto(document: JsonObject, patch: Json, { type, schema }: { type: "merge" | "strategic"; schema: Schema }): Json {
  if (!isObject(patch)) throw badRequest("error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}");
  if (type === "merge") return mergePatch(document, patch);
  try {
    return strategicMerge(document, patch, schema);
  } catch (error) {
    if (!(error instanceof StrategicMergeError)) throw error;
    // A list element without its merge key is an internal error of the real server, too.
    if (error.message.includes("declared merge key")) throw new StatusError(500, "", { message: error.message });
    throw badRequest(error.message);
  }
}

function patchByOperations(document: JsonObject, patch: Json): Json {
  const operations = parseJsonPatch(patch);
  if (operations instanceof Error) throw badRequest(operations.message);
  if (operations.length > OPERATIONS_LIMIT) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${OPERATIONS_LIMIT}, got ${operations.length}`;
    throw new StatusError(413, "RequestEntityTooLarge", { message });
  }
  try {
    return applyJsonPatch(document, operations);
  } catch (error) {
    if (error instanceof JsonPatchError) throw unprocessable();
    throw error;
  }
}

/** What a failed operation gets: the server does not say which. */
function unprocessable(): StatusError {
  return new StatusError(422, "Invalid", { message: "the server rejected our request due to an error in our request", details: {} });
}

/** A Go map as `%+v` prints it: the form in which rejected strategic patches are echoed. */
export function goFormat(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item) => goFormat(item)).join(" ")}]`;
  if (!isObject(value)) return value === null || value === undefined ? "<nil>" : String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goFormat(value[key])}`).join(" ")}]`;
}
