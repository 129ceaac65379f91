import type { Authenticator } from "./auth.ts";
import type { ImageRule } from "./controller/image-behaviour.ts";
import { type Deletion, deleteObject, type DeletionOptions } from "./deletion.ts";
import { isObject, type Json, type JsonObject, textOf } from "./json.ts";
import type { KubeObject } from "./object.ts";
import { mergePatch } from "./patch/merge-patch.ts";
import type { Target } from "./registry.ts";
import { groupVersion, type ResourceType, resourceTypes, typeNamed } from "./resource-type.ts";
import { asJsonObject, type Simulation } from "./simulation.ts";

const DIRECT = { manager: "test" } as const;

/** The cluster's objects without HTTP, for the set-up and the assertions of tests. Kinds go by kind, plural or short name. */
export class StoreAccess {
  readonly #simulation: Simulation;
  readonly #authenticator: Authenticator;

  constructor(simulation: Simulation, authenticator: Authenticator) {
    this.#simulation = simulation;
    this.#authenticator = authenticator;
  }

  /** A copy of an object, or undefined. */
  get(kind: string, name: string, namespace = "default"): KubeObject | undefined {
    const type = typeNamed(kind);
    const found = this.#simulation.store.get(type, name, type.isNamespaced ? namespace : "");
    return found === undefined ? undefined : structuredClone(found);
  }

  /** Copies of the objects of a kind, of one namespace or of all. */
  list(kind: string, namespace = ""): KubeObject[] {
    return structuredClone(this.#simulation.store.list(typeNamed(kind), namespace));
  }

  /** Creates an object; its namespace defaults to "default". Throws a StatusError as the API would answer. */
  create(object: object): KubeObject {
    const body = asJsonObject(object);
    const type = typeOf(body);
    return this.#simulation.registry.create({ ...targetIn(type, body), name: "" }, body, DIRECT);
  }

  /** Applies a merge patch (RFC 7386); `subresource: "status"` reaches the status. */
  patch(kind: string, name: string, change: PatchChange): KubeObject {
    const type = typeNamed(kind);
    const { namespace = "default", patch, subresource } = change;
    const target: Target = { type, name, namespace: type.isNamespaced ? namespace : "" };
    const options = subresource === undefined ? DIRECT : { ...DIRECT, subresource };
    return this.#simulation.registry.update(target, options, (current) => asObject(mergePatch(current, asJsonObject(patch))));
  }

  delete(kind: string, name: string, options: DeletionOptions & { readonly namespace?: string } = {}): Deletion {
    const type = typeNamed(kind);
    const namespace = type.isNamespaced ? (options.namespace ?? "default") : "";
    return deleteObject(this.#simulation.registry, { type, name, namespace }, options);
  }

  /** How an image behaves from its next pull or start on. */
  setImage(rule: ImageRule): void {
    this.#simulation.images.add(rule);
  }

  /** The old token is refused from now on; the new one stands for the same user. */
  rotateToken(old: string, next: string): void {
    this.#authenticator.rotate(old, next);
  }

  /** Forgets the history of events: older watches and continue tokens get 410. */
  compact(): void {
    this.#simulation.store.compact();
  }

  /** The revision of the latest write. */
  get resourceVersion(): string {
    return String(this.#simulation.store.revision);
  }
}

/** A patch that is made directly to the store, as another client would. */
export interface PatchChange {
  /** Default "default". */
  readonly namespace?: string;
  readonly patch: object;
  readonly subresource?: "status";
}

function typeOf(body: JsonObject): ResourceType {
  const { apiVersion, kind } = body;
  const found = resourceTypes.find((type) => type.kind === kind && groupVersion(type) === apiVersion);
  if (found !== undefined) return found;
  const served = resourceTypes.map((type) => `${groupVersion(type)} ${type.kind}`).join(", ");
  throw new RangeError(`the Kubernetes stand-in does not serve ${textOf(apiVersion)} ${textOf(kind)}; it serves ${served}`);
}

function targetIn(type: ResourceType, body: JsonObject): Omit<Target, "name"> {
  const metadata = isObject(body["metadata"]) ? body["metadata"] : {};
  const { namespace = "default" } = metadata;
  return { type, namespace: type.isNamespaced ? textOf(namespace) : "" };
}

function asObject(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
