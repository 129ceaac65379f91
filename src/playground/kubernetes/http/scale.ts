import { decode } from "../decode.ts";
import { at, child, isObject, type JsonObject } from "../json.ts";
import { formatRequirements, requirementsOf } from "../label-selector.ts";
import { type KubeObject, revise } from "../object.ts";
import type { Registry } from "../registry.ts";
import { scale as scaleSchema } from "../schema/kinds.ts";
import { isDeployment, isReplicaSet } from "../shapes.ts";
import { badRequest, conflict, invalid, invalidField } from "../status-error.ts";
import { mediaType, readObject, readPatch } from "./body.ts";
import type { Call } from "./call.ts";
import { patchDocument, patchTypeOf } from "./patch-document.ts";
import type { ResourceRoute } from "./route.ts";
import { decodePatched } from "./writes.ts";
import { readWriteQuery } from "./write-query.ts";

const EXPECTED = { group: "autoscaling", version: "v1", kind: "Scale", schema: scaleSchema };

/** The autoscaling/v1 Scale of a workload; a size of 0 is absent. */
export function scaleOf(object: KubeObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = at(object, "spec", "replicas");
  const selector = isDeployment(object) || isReplicaSet(object) ? formatRequirements(requirementsOf(object.spec.selector)) : "";
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 || replicas === undefined ? {} : { replicas },
    status: { replicas: at(object, "status", "replicas") ?? 0, selector },
  };
}

/** PUT or PATCH of /scale: changes spec.replicas of the workload and nothing else. */
export function scaleFrom(registry: Registry, route: ResourceRoute, call: Call): JsonObject {
  const isPatch = call.method === "PATCH";
  const query = readWriteQuery(call, isPatch ? "PatchOptions" : "UpdateOptions");
  const options = { manager: query.manager, isDryRun: query.isDryRun, subresource: "scale" } as const;
  const written = registry.update(route, options, (current) => {
    const wanted = isPatch ? patched(call, scaleOf(current)) : readObject(call, EXPECTED, { validation: query.validation, warnings: [] });
    return resized(route, current, wanted);
  });
  return scaleOf(written);
}

function patched(call: Call, scale: JsonObject): JsonObject {
  const type = patchTypeOf(mediaType(call));
  if (type === "apply") throw badRequest("server-side apply of a Scale is not simulated: patch the workload itself");
  const query = readWriteQuery(call, "PatchOptions");
  const patch = readPatch(call);
  const result = patchDocument(scale, patch, { type, schema: scaleSchema });
  return decodePatched(result, { patch, type, schema: scaleSchema, query, warnings: [], duplicates: [] });
}

function resized(route: ResourceRoute, current: KubeObject, wanted: JsonObject): JsonObject {
  const { object } = decode(wanted, scaleSchema);
  const { resourceVersion } = child(object, "metadata");
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) throw conflict(route.type, route.name);
  const replicas = at(object, "spec", "replicas") ?? 0;
  if (typeof replicas !== "number" || replicas < 0) {
    const error = invalidField("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale", name: route.name }, [error]);
  }
  return revise(current, (draft) => {
    if (isObject(draft["spec"])) draft["spec"]["replicas"] = replicas;
  });
}
