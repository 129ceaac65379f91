import { randomUUID } from "node:crypto";
import type { Agenda } from "./clock.ts";
import { child, isEqual, isObject, type JsonObject, textOf } from "./json.ts";
import { rulesOf } from "./kind-rules.ts";
import { trackFields } from "./fields/managed-fields.ts";
import { type KubeObject, type ObjectMeta, timestamp } from "./object.ts";
import { randomSuffix } from "./random-suffix.ts";
import { groupVersion, namespaces, type ResourceType } from "./resource-type.ts";
import { alreadyExists, badRequest, conflict, forbidden, invalid, invalidField, notFound, StatusError } from "./status-error.ts";
import type { ObjectStore } from "./store.ts";
import { validateMetadata } from "./validation.ts";

/** Which object a write is about. */
export interface Target {
  readonly type: ResourceType;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

export interface WriteOptions {
  /** Who is recorded in managedFields. */
  readonly manager: string;
  readonly isDryRun?: boolean;
  /** `binding` is how a pod gets its node: no new generation. */
  readonly subresource?: "status" | "scale" | "binding";
  /** Fields a server-side apply owns from now on; absent: the write is an Update. */
  readonly applied?: JsonObject;
}

/** A last look at a write, which may refuse it with a StatusError: quotas, for instance. */
export type Admission = (object: KubeObject, type: ResourceType) => void;

/** The rules every write passes, whoever makes it: a request or a controller. */
export class Registry {
  readonly store: ObjectStore;
  readonly agenda: Agenda;
  /** Asked before an object is created. */
  readonly admissions: Admission[] = [];

  constructor(store: ObjectStore, agenda: Agenda) {
    this.store = store;
    this.agenda = agenda;
  }

  /** The object, or NotFound. */
  get({ type, namespace, name }: Target): KubeObject {
    const object = this.store.get(type, name, namespace);
    if (object === undefined) throw notFound(type, name);
    return object;
  }

  /** Stores a new object with its defaults. */
  create(target: Target, body: JsonObject, options: WriteOptions): KubeObject {
    const { type, namespace } = target;
    const metadata = child(body, "metadata");
    if (metadata["resourceVersion"] !== undefined && metadata["resourceVersion"] !== "") {
      throw new StatusError(500, "", { message: "resourceVersion should not be set on objects to be created" });
    }
    checkNamespace(metadata, namespace);
    const name = typeof metadata["name"] === "string" ? metadata["name"] : this.#generateName(type, metadata, namespace);
    const prepared: JsonObject = {
      kind: type.kind,
      apiVersion: groupVersion(type),
      ...body,
      metadata: { ...metadata, ...this.#identity(type, name, namespace) },
    };
    const rules = rulesOf(type);
    rules.mutateNew?.(prepared);
    rules.setDefaults?.(prepared);
    if (rules.initialStatus !== undefined) prepared["status"] = rules.initialStatus(prepared);
    this.#requireNamespace(target, name);
    this.#validate({ type, name }, prepared);
    if (this.store.get(type, name, namespace) !== undefined) throw alreadyExists(type, name);
    const created = asKubeObject(prepared);
    const tracked = trackFields(undefined, created, { ...options, type, now: this.agenda.now() });
    for (const admit of this.admissions) admit(tracked, type);
    return options.isDryRun === true ? tracked : this.store.put(type, tracked);
  }

  /**
   * Replaces an object with what `change` makes of it. A stale resourceVersion in the result is a Conflict;
   * a result without differences stores nothing.
   */
  update(target: Target, options: WriteOptions, change: (current: KubeObject) => JsonObject): KubeObject {
    const current = this.get(target);
    const wanted = change(current);
    this.#checkIdentity(target, wanted, current);
    const next = asKubeObject(this.#merge(target.type, { wanted, current, subresource: options.subresource }));
    this.#validate(target, next, current);
    const tracked = trackFields(current, next, { ...options, type: target.type, now: this.agenda.now() });
    if (isEqual(tracked, current)) return current;
    if (options.isDryRun === true) return tracked;
    const stored = this.store.put(target.type, tracked);
    if (isReadyToVanish(stored)) this.store.remove(target.type, stored);
    return stored;
  }

  #identity(type: ResourceType, name: string, namespace: string): JsonObject {
    return {
      name,
      namespace: namespace === "" ? undefined : namespace,
      uid: randomUUID(),
      resourceVersion: undefined,
      generation: type.countsGenerations ? 1 : undefined,
      creationTimestamp: timestamp(this.agenda.now()),
      deletionTimestamp: undefined,
      deletionGracePeriodSeconds: undefined,
      selfLink: undefined,
    };
  }

  #generateName(type: ResourceType, metadata: JsonObject, namespace: string): string {
    const prefix = metadata["generateName"];
    if (typeof prefix !== "string" || prefix === "") return "";
    for (;;) {
      const name = `${prefix}${randomSuffix()}`;
      if (this.store.get(type, name, namespace) === undefined) return name;
    }
  }

  #requireNamespace({ type, namespace }: Target, name: string): void {
    if (!type.isNamespaced) return;
    const found = this.store.get(namespaces, namespace);
    if (found === undefined) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const message = `namespace ${namespace} is being terminated`;
    throw forbidden(type, name, { why, causes: [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }] });
  }

  #validate({ type, name }: Pick<Target, "type" | "name">, object: JsonObject, previous?: JsonObject): void {
    const rules = rulesOf(type);
    const errors = [...validateMetadata(object), ...(rules.validate?.(object) ?? [])];
    if (previous !== undefined) errors.push(...(rules.validateUpdate?.(object, previous) ?? []));
    if (errors.length > 0) throw invalid({ group: type.group, kind: type.kind, name }, errors);
  }

  #checkIdentity(target: Target, wanted: JsonObject, current: KubeObject): void {
    const metadata = child(wanted, "metadata");
    if (metadata["name"] !== target.name) {
      throw badRequest(`the name of the object (${textOf(metadata["name"])}) does not match the name on the URL (${target.name})`);
    }
    checkNamespace(metadata, target.namespace);
    const { uid, resourceVersion } = metadata;
    if (typeof uid === "string" && uid !== current.metadata.uid) {
      const subject = { group: target.type.group, kind: target.type.kind, name: target.name };
      throw invalid(subject, [invalidField("metadata.uid", uid, "field is immutable")]);
    }
    if (resourceVersion === undefined || resourceVersion === "" || resourceVersion === current.metadata.resourceVersion) return;
    throw conflict(target.type, target.name);
  }

  #merge(type: ResourceType, { wanted, current, subresource }: Merge): JsonObject {
    const metadata = { ...child(wanted, "metadata"), ...serverOwned(current.metadata) };
    if (subresource === "status") {
      return { ...current, status: wanted["status"], metadata: { ...metadata, labels: current.metadata.labels } };
    }
    const rules = rulesOf(type);
    const next: JsonObject = { ...wanted, kind: current.kind, apiVersion: current.apiVersion, metadata };
    if (rules.initialStatus !== undefined) next["status"] = current["status"];
    rules.setDefaults?.(next);
    if (type.countsGenerations && subresource !== "binding" && isNewGeneration(type, next, current))
      metadata["generation"] = (current.metadata.generation ?? 0) + 1;
    return next;
  }
}

interface Merge {
  readonly wanted: JsonObject;
  readonly current: KubeObject;
  readonly subresource: WriteOptions["subresource"];
}

function isNewGeneration(type: ResourceType, next: JsonObject, current: KubeObject): boolean {
  if (!isEqual(next["spec"], current["spec"])) return true;
  return rulesOf(type).annotationsCount === true && !isEqual(child(next["metadata"], "annotations"), current.metadata.annotations ?? {});
}

/** What a client cannot change, whatever it sends. */
function serverOwned(metadata: ObjectMeta): JsonObject {
  const { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generateName } = metadata;
  return { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generateName };
}

function checkNamespace(metadata: JsonObject, namespace: string): void {
  const given = metadata["namespace"];
  if (given === undefined || given === "" || given === namespace) return;
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** True once an object that is being deleted has nothing left to wait for. */
function isReadyToVanish({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0 && (metadata.deletionGracePeriodSeconds ?? 0) === 0
  );
}

/** Narrows what was built by the registry to the type of stored objects. */
export function asKubeObject(object: JsonObject): KubeObject {
  if (isKubeObject(object)) return object;
  throw new TypeError(`not a Kubernetes object: ${JSON.stringify(object).slice(0, 200)}`);
}

function isKubeObject(object: JsonObject): object is KubeObject {
  const { metadata } = object;
  return (
    typeof object["kind"] === "string" &&
    typeof object["apiVersion"] === "string" &&
    isObject(metadata) &&
    typeof metadata["name"] === "string" &&
    typeof metadata["uid"] === "string"
  );
}
