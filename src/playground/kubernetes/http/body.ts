import { parse as parseYaml } from "yaml";
import { decode, DecodeTypeError } from "../decode.ts";
import { isObject, type Json, type JsonObject, textOf } from "../json.ts";
import { groupVersion, type ResourceType } from "../resource-type.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { badRequest, StatusError } from "../status-error.ts";
import type { Call } from "./call.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { decodeProtobuf, ProtobufError } from "./protobuf.ts";
import type { FieldValidation } from "./write-query.ts";

export const JSON_TYPES = ["application/json", ""];

/** The media type of the body, without parameters. */
export function mediaType(call: Call): string {
  return (call.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** An object of a kind from the body, decoded; unknown fields are refused, warned of or dropped. */
export function readObject(call: Call, type: Expected, { validation, warnings }: BodyRules): JsonObject {
  const value = parseBody(call, type.kind);
  checkType(value, type);
  try {
    const { object, unknownFields } = decode(value, type.schema);
    const duplicates = mediaType(call) === PROTOBUF ? [] : duplicateFields(call.body.toString("utf8"));
    const issues = [...unknownFields.map((path) => `unknown field "${path}"`), ...duplicates.map((path) => `duplicate field "${path}"`)];
    if (issues.length > 0 && validation === "Strict") throw new DecodeTypeError(`strict decoding error: ${issues.join(", ")}`);
    if (validation === "Warn") warnings.push(...issues);
    return object;
  } catch (error) {
    if (!(error instanceof DecodeTypeError)) throw error;
    throw badRequest(`${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${error.message}`);
  }
}

export interface Expected {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: ObjectSchema;
}

export interface BodyRules {
  readonly validation: FieldValidation;
  /** Collects what becomes Warning headers. */
  readonly warnings: string[];
}

const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** An object from a JSON, YAML or protobuf body; other media types are 415. */
export function parseBody(call: Call, kind: string): JsonObject {
  const media = mediaType(call);
  if (media === PROTOBUF) return parseProtobuf(call.body);
  const isYaml = media === "application/yaml";
  if (!isYaml && !JSON_TYPES.includes(media)) {
    const message = `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${PROTOBUF}`;
    throw new StatusError(415, "UnsupportedMediaType", { message });
  }
  const text = call.body.toString("utf8");
  try {
    const value: unknown = isYaml ? parseYaml(text) : JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw badRequest(unrecognized(kind, `couldn't get version/kind; json parse error: ${reasonOf(error)}`));
  }
  throw badRequest(unrecognized(kind, "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value"));
}

function parseProtobuf(body: Buffer): JsonObject {
  try {
    return decodeProtobuf(body);
  } catch (error) {
    if (error instanceof ProtobufError) throw new StatusError(415, "UnsupportedMediaType", { message: error.message });
    throw error;
  }
}

function unrecognized(kind: string, why: string): string {
  return `the object provided is unrecognized (must be of type ${kind}): ${why}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Kind and apiVersion may be absent; what is there must fit the URL. */
function checkType(value: JsonObject, type: Expected): void {
  const wanted = groupVersion(type);
  const { apiVersion, kind } = value;
  if (apiVersion !== undefined && apiVersion !== wanted) {
    throw badRequest(`the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${wanted})`);
  }
  if (kind !== undefined && kind !== type.kind) {
    throw badRequest(
      `${textOf(kind)} in version "${type.version}" cannot be handled as a ${type.kind}: no kind "${textOf(kind)}" is registered for this resource`,
    );
  }
}

/** Any JSON (or YAML, for server-side apply) of a patch body. */
export function readPatch(call: Call): Json {
  try {
    const text = call.body.toString("utf8");
    const value: unknown = mediaType(call) === "application/apply-patch+yaml" ? parseYaml(text) : JSON.parse(text);
    if (isJson(value)) return value;
  } catch (error) {
    throw badRequest(`error decoding patch: ${reasonOf(error)}`);
  }
  throw badRequest("error decoding patch: not JSON");
}

/** What JSON.parse and the YAML core schema give is JSON; this narrows it. */
function isJson(value: unknown): value is Json {
  return value === null || ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value) || isObject(value);
}

/** The type a resource's bodies have. */
export function expectedOf(type: ResourceType): Expected {
  return { group: type.group, version: type.version, kind: type.kind, schema: type.schema };
}
