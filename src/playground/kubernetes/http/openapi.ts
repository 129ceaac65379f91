import { createHash } from "node:crypto";
import type { JsonObject } from "../json.ts";
import { groupVersion, resourceTypes } from "../resource-type.ts";
import type { DocumentAnswer } from "./call.ts";

/**
 * /openapi/v3: an index and a small document per group version, enough for `kubectl apply` (1.27 and newer), which looks
 * for the kind and for the dryRun and fieldValidation parameters of its PATCH. `kubectl explain` needs the true schema.
 */
export function openApiAnswer(path: string): DocumentAnswer | undefined {
  const trimmed = path.replace(/\/$/, "");
  if (trimmed === "/openapi/v3") return { status: 200, body: index() };
  const served = groupVersions().find((entry) => trimmed === `/openapi/v3/${entry.path}`);
  return served === undefined ? undefined : { status: 200, body: document(served.name) };
}

function groupVersions(): { name: string; path: string }[] {
  const names = [...new Set(resourceTypes.map((type) => groupVersion(type)))];
  return names.map((name) => ({ name, path: name.includes("/") ? `apis/${name}` : `api/${name}` }));
}

function index(): JsonObject {
  const paths = groupVersions().map(({ name, path }): [string, JsonObject] => {
    const hash = createHash("sha512")
      .update(JSON.stringify(document(name)))
      .digest("hex")
      .toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

function document(name: string): JsonObject {
  const types = resourceTypes.filter((type) => groupVersion(type) === name);
  const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map((parameter) => ({
    name: parameter,
    in: "query",
    schema: { type: parameter === "force" ? "boolean" : "string", uniqueItems: true },
  }));
  const paths = types.map((type): [string, JsonObject] => {
    const gvk = { group: type.group, version: type.version, kind: type.kind };
    const scope = type.isNamespaced ? "/namespaces/{namespace}" : "";
    const root = type.group === "" ? `/api/${type.version}` : `/apis/${name}`;
    const responses = { 200: { description: "OK" } };
    const patch: JsonObject = {
      operationId: `patch${type.kind}`,
      parameters,
      responses,
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": gvk,
    };
    return [`${root}${scope}/${type.plural}/{name}`, { patch }];
  });
  const schemas = types.map((type): [string, JsonObject] => {
    const gvk = { group: type.group, version: type.version, kind: type.kind };
    return [
      `io.k8s.api.${type.group === "" ? "core" : (type.group.split(".")[0] ?? "")}.${type.version}.${type.kind}`,
      { type: "object", "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-group-version-kind": [gvk] },
    ];
  });
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes stand-in", version: "v1.36.0" },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}
