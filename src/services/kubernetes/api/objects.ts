import type { KubernetesObject, ObjectInput, Scale, Status } from "../types.ts";
import { checkDryRun, optionError, writeParams, type NamespaceOptions, type WriteOptions } from "./call-options.ts";
import type { ApiRequest, Connection } from "./connection.ts";
import { apiVersionOf, checkNamespace, resolveKind, resourcePath, type Kind, type PathOptions, type ResourceType } from "./resource.ts";

/** How a patch is read by the server; see {@link PatchOptions.type}. */
export type PatchType = "strategic" | "merge" | "json" | "apply";

/** Options of a patch. */
export interface PatchOptions extends WriteOptions {
  /**
   * - `strategic`: objects and keyed lists (containers, env) merge; built-in kinds only
   * - `merge` (RFC 7386): objects merge, lists are replaced whole, `null` deletes
   * - `json` (RFC 6902): operations in order; a failed `test` is a 422
   * - `apply`: server-side apply, see {@link Cluster.apply}
   *
   * @default "strategic", for custom resources "merge"
   */
  readonly type?: PatchType;
  /** Of the scale or status instead of the object. */
  readonly subresource?: "scale" | "status";
  /** Only with `apply`: takes fields that other managers own. @default false */
  readonly force?: boolean;
}

/** Options of a delete. */
export interface DeleteOptions extends NamespaceOptions {
  /** What becomes of dependents. @default by the kind, mostly "Background" */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** How long pods may take to end; 0 kills. @default by the object */
  readonly gracePeriodSeconds?: number;
  /** Deletes only this very object; otherwise 409. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** `"All"` only asks whether it would work. @default the object is deleted */
  readonly dryRun?: "All";
}

/** Options of a change of the number of replicas. */
export interface ScaleOptions extends WriteOptions {
  /** How many there shall be. */
  readonly replicas: number;
  /** Of the object that the number was decided on; 409 when it has changed since. */
  readonly resourceVersion?: string;
}

const CONTENT_TYPES = {
  strategic: "application/strategic-merge-patch+json",
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml", // JSON is YAML.
} as const satisfies Record<PatchType, string>;

/** k8s.io/apiserver: more operations than this are refused. */
const MOST_OPERATIONS = 10_000;

/** Single objects: read, written, deleted. */
export class Objects {
  readonly #connection: Connection;
  readonly #namespace: string;

  constructor(connection: Connection, namespace: string) {
    this.#connection = connection;
    this.#namespace = namespace;
  }

  async get<T>(kind: Kind, name: string, options: NamespaceOptions & Pick<PathOptions, "subresource"> = {}): Promise<T> {
    const path = this.#path(resolveKind(kind), { name, namespace: options.namespace, subresource: options.subresource });
    const response = await this.#connection.send({ method: "GET", path, call: options });
    return response.json<T>();
  }

  async create<T>(kind: Kind, object: ObjectInput, options: WriteOptions): Promise<T> {
    const type = resolveKind(kind);
    const namespace = namespaceOf(object, options);
    const request = {
      path: this.#path(type, { namespace }),
      params: writeParams(options),
      json: typed(type, object),
      ...read(options),
      call: options,
    };
    return (await this.#connection.send({ method: "POST", ...request })).json<T>();
  }

  async update<T>(kind: Kind, object: ObjectInput, options: WriteOptions): Promise<T> {
    const type = resolveKind(kind);
    const path = this.#path(type, { name: object.metadata?.name ?? "", namespace: namespaceOf(object, options) });
    const request = { path, params: writeParams(options), json: typed(type, object), ...read(options), call: options };
    return (await this.#connection.send({ method: "PUT", ...request })).json<T>();
  }

  async patch<T>(kind: Kind, name: string, { patch, options }: { readonly patch: unknown; readonly options: PatchOptions }): Promise<T> {
    const type = resolveKind(kind);
    const patchType = options.type ?? (typeof kind === "string" ? "strategic" : "merge");
    checkPatch(patchType, patch);
    if (options.force !== undefined && patchType !== "apply") throw optionError('force goes with type: "apply" only');
    const response = await this.#connection.send({
      method: "PATCH",
      path: this.#path(type, { name, namespace: options.namespace, subresource: options.subresource }),
      params: { ...writeParams(options), force: options.force },
      json: patch,
      contentType: CONTENT_TYPES[patchType],
      ...read(options),
      call: options,
    });
    return response.json<T>();
  }

  async apply<T>(kind: Kind, object: ObjectInput, options: WriteOptions & Pick<PatchOptions, "force">): Promise<T> {
    const patch = typed(resolveKind(kind), object);
    const namespace = namespaceOf(object, options);
    return this.patch<T>(kind, object.metadata?.name ?? "", { patch, options: { ...options, namespace, type: "apply" } });
  }

  async delete(kind: Kind, name: string, options: DeleteOptions): Promise<KubernetesObject | Status> {
    const { propagationPolicy, gracePeriodSeconds, preconditions, dryRun } = options;
    checkDryRun(dryRun);
    const path = this.#path(resolveKind(kind), { name, namespace: options.namespace });
    // With a body the server does not read the query: everything has to stand in the body.
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy,
      gracePeriodSeconds,
      preconditions,
      dryRun: dryRun === undefined ? undefined : [dryRun],
    };
    const response = await this.#connection.send({ method: "DELETE", path, json: body, ...read(options), call: options });
    return response.json<KubernetesObject | Status>();
  }

  scale(kind: Kind, name: string, options: ScaleOptions): Promise<Scale> {
    const { replicas, resourceVersion } = options;
    if (!Number.isInteger(replicas) || replicas < 0)
      throw optionError(`replicas takes a whole number from 0, not ${JSON.stringify(replicas)}`);
    const patch = { ...(resourceVersion === undefined ? {} : { metadata: { resourceVersion } }), spec: { replicas } };
    return this.patch<Scale>(kind, name, { patch, options: { ...options, type: "merge", subresource: "scale" } });
  }

  #path(type: ResourceType, options: PathOptions): string {
    return resourcePath(
      type,
      type.namespaced ? { ...options, namespace: options.namespace ?? this.#namespace } : { ...options, namespace: undefined },
    );
  }
}

/** A dry run changes nothing. */
function read({ dryRun }: Pick<WriteOptions, "dryRun">): Pick<ApiRequest, "isRead" | "redirect"> {
  return dryRun === undefined ? {} : { isRead: true, redirect: false };
}

function checkPatch(type: PatchType, patch: unknown): void {
  if (!Object.hasOwn(CONTENT_TYPES, type))
    throw optionError(`patch type ${JSON.stringify(type)} is not one of ${Object.keys(CONTENT_TYPES).join(", ")}`);
  if (type === "json") {
    if (!Array.isArray(patch)) throw optionError("a JSON patch is a list of operations");
    if (patch.length > MOST_OPERATIONS) throw optionError(`a JSON patch has at most ${MOST_OPERATIONS} operations`);
    return;
  }
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) throw optionError(`a ${type} patch is an object`);
}

function namespaceOf({ metadata }: ObjectInput, { namespace }: NamespaceOptions): string | undefined {
  const own = metadata?.namespace;
  if (namespace !== undefined && own !== undefined && namespace !== own) {
    throw optionError(`the option namespace is ${JSON.stringify(namespace)}, the object's own ${JSON.stringify(own)}`);
  }
  const chosen = namespace ?? own;
  return chosen === undefined ? undefined : checkNamespace(chosen);
}

/** Objects from a list that was read elsewhere may lack their type; the API does not take them so. */
function typed(type: ResourceType, object: ObjectInput): ObjectInput {
  return { apiVersion: apiVersionOf(type), ...(type.kind === undefined ? {} : { kind: type.kind }), ...object };
}
