import { deleteObject, type DeletionOptions, type PropagationPolicy } from "../deletion.ts";
import { at, isObject, type JsonObject } from "../json.ts";
import type { Registry } from "../registry.ts";
import { pods } from "../resource-type.ts";
import { badRequest, invalid, resourceDetails, unsupportedField } from "../status-error.ts";
import type { Call } from "./call.ts";
import type { ListQuery } from "./list-query.ts";
import { listDocument } from "./list.ts";
import type { ResourceRoute } from "./route.ts";
import { readWriteQuery } from "./write-query.ts";

/** DELETE of one object: the object while it is going, a Status once it is gone; pods always come as objects. */
export function deleteFrom(registry: Registry, route: ResourceRoute, call: Call): JsonObject {
  const { object, isGone } = deleteObject(registry, route, readDeletion(call));
  if (!isGone || route.type === pods) return object;
  const details = resourceDetails(route.type, route.name, { uid: object.metadata.uid });
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** DELETE of a collection: what the selectors choose. */
export function deleteCollection(registry: Registry, route: ResourceRoute, request: { call: Call; query: ListQuery }): JsonObject {
  const options = readDeletion(request.call);
  const chosen = registry.store.list(route.type, route.namespace).filter((object) => request.query.matches(object));
  for (const { metadata } of chosen) {
    deleteObject(registry, { type: route.type, namespace: metadata.namespace ?? "", name: metadata.name }, options);
  }
  return listDocument({ objects: chosen, metadata: { resourceVersion: String(registry.store.revision) } }, route);
}

function readDeletion(call: Call): DeletionOptions {
  const body = readBody(call);
  const query = readWriteQuery(call, "DeleteOptions");
  const grace = body["gracePeriodSeconds"] ?? numberIn(call.query.get("gracePeriodSeconds"));
  const policy = body["propagationPolicy"] ?? call.query.get("propagationPolicy") ?? undefined;
  const orphans = body["orphanDependents"] === true || call.query.get("orphanDependents") === "true";
  const uid = at(body, "preconditions", "uid");
  const resourceVersion = at(body, "preconditions", "resourceVersion");
  const dryRun = body["dryRun"];
  return {
    isDryRun: query.isDryRun || (Array.isArray(dryRun) && dryRun.includes("All")),
    ...(typeof grace === "number" ? { gracePeriodSeconds: grace } : {}),
    ...(policy === undefined ? {} : { propagationPolicy: asPolicy(policy) }),
    ...(orphans ? { propagationPolicy: "Orphan" as const } : {}),
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

function readBody(call: Call): JsonObject {
  if (call.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(call.body.toString("utf8"));
    if (isObject(value)) return value;
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw badRequest("the object provided is unrecognized (must be of type DeleteOptions)");
}

function numberIn(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function asPolicy(value: unknown): PropagationPolicy {
  if (value === "Background" || value === "Foreground" || value === "Orphan") return value;
  const error = unsupportedField("propagationPolicy", String(value), ["Foreground", "Background", "Orphan", "nil"]);
  throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions", name: "" }, [error]);
}
