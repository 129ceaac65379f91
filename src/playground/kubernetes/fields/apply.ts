import { decode, DecodeTypeError } from "../decode.ts";
import { at, child, isEqual, isObject, type Json, type JsonObject, textOf } from "../json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../object.ts";
import type { Registry, Target } from "../registry.ts";
import { groupVersion } from "../resource-type.ts";
import { badRequest, type Cause, StatusError } from "../status-error.ts";
import { applyMerge, prune } from "./apply-merge.ts";
import { type FieldPath, formatPath, leavesOf } from "./field-set.ts";
import { type Ownership, ownershipsOf } from "./managed-fields.ts";

export interface ApplyRequest {
  readonly target: Target & { readonly subresource: string };
  readonly patch: Json;
  readonly manager: string;
  readonly isDryRun: boolean;
  readonly isForced: boolean;
}

export interface Applied {
  readonly object: KubeObject;
  readonly isCreated: boolean;
}

/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export function applyObject(registry: Registry, request: ApplyRequest): Applied {
  const { target, manager, isDryRun } = request;
  const configuration = readConfiguration(request);
  const options = {
    manager,
    isDryRun,
    applied: configuration,
    ...(target.subresource === "status" ? { subresource: "status" as const } : {}),
  };
  if (registry.store.get(target.type, target.name, target.namespace) === undefined && target.subresource === "") {
    return { object: registry.create(target, configuration, options), isCreated: true };
  }
  const object = registry.update(target, options, (current) => {
    const ownerships = ownershipsOf(current);
    const own = ownerships.find(({ entry }) => entry.manager === manager && entry.operation === "Apply");
    const others = ownerships.filter((ownership) => ownership !== own);
    if (!request.isForced) refuseConflicts(target, { current, configuration, others });
    return merged(target, { current, configuration, own, others });
  });
  return { object, isCreated: false };
}

function readConfiguration({ target, patch }: ApplyRequest): JsonObject {
  if (!isObject(patch)) throw badRequest("error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}");
  const { type, namespace, name } = target;
  const wanted = groupVersion(type);
  if (at(patch, "metadata", "managedFields") !== undefined) throw badRequest("metadata.managedFields must be nil");
  if (patch["apiVersion"] !== wanted || patch["kind"] !== type.kind) {
    const given = `${textOf(patch["apiVersion"])}, Kind=${textOf(patch["kind"])}`;
    throw badRequest(`the API version or kind in the data (${given}) does not match the expected one (${wanted}, Kind=${type.kind})`);
  }
  const subject = `(${namespace === "" ? "" : `${namespace}/`}${name}; ${wanted}, Kind=${type.kind})`;
  const failed = (why: string): StatusError =>
    new StatusError(500, "", { message: `failed to create typed patch object ${subject}: ${why}` });
  try {
    const { object, unknownFields } = decode(patch, type.schema);
    // Server-side apply knows no fieldValidation: an undeclared field cannot be owned.
    const [unknown] = unknownFields;
    if (unknown !== undefined) throw failed(`.${unknown}: field not declared in schema`);
    return { ...object, metadata: { ...child(object, "metadata"), name, ...(namespace === "" ? {} : { namespace }) } };
  } catch (error) {
    throw error instanceof DecodeTypeError ? failed(error.message) : error;
  }
}

interface Conflicting {
  readonly current: KubeObject;
  readonly configuration: JsonObject;
  readonly others: readonly Ownership[];
}

function refuseConflicts({ type }: Target, { current, configuration, others }: Conflicting): void {
  const live = leavesOf(current, type.schema);
  const differing = [...leavesOf(configuration, type.schema)]
    .filter(([path, value]) => !isEqual(live.get(path), value))
    .map(([path]) => path);
  const found = others
    .map(({ entry, fields }) => ({ manager: describe(entry), paths: differing.filter((path) => fields.has(path)) }))
    .filter(({ paths }) => paths.length > 0);
  const count = found.reduce((sum, { paths }) => sum + paths.length, 0);
  if (count === 0) return;
  const texts = found.map(({ manager, paths }) => listed(manager, paths));
  const causes = found.flatMap(({ manager, paths }) =>
    paths.map((path): Cause => ({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field: formatPath(path) })),
  );
  const message = `Apply failed with ${count} conflict${count === 1 ? "" : "s"}: ${texts.join("\n")}`;
  throw new StatusError(409, "Conflict", { message, details: { causes } });
}

function describe({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  const name =
    subresource === undefined ? JSON.stringify(manager) : `${JSON.stringify(manager)} with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

function listed(manager: string, paths: readonly FieldPath[]): string {
  const [only, ...more] = paths;
  if (only !== undefined && more.length === 0) return `conflict with ${manager}: ${formatPath(only)}`;
  return `conflicts with ${manager}:\n${paths.map((path) => `- ${formatPath(path)}`).join("\n")}`;
}

interface Merging extends Conflicting {
  readonly own: Ownership | undefined;
}

function merged({ type }: Target, { current, configuration, own, others }: Merging): JsonObject {
  const { schema } = type;
  const applied = leavesOf(configuration, schema);
  const isGone = (path: FieldPath): boolean =>
    own?.fields.has(path) === true && !applied.has(path) && !others.some(({ fields }) => fields.has(path));
  const pruned = prune(current, schema, isGone);
  const result = applyMerge(pruned, configuration, schema);
  return isObject(result) ? result : {};
}
