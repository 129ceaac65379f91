import { createHash } from "node:crypto";
import type { JsonObject } from "../json.ts";
import { groupVersion, resourceTypes, type ResourceType } from "../resource-type.ts";
import type { Call, DocumentAnswer } from "./call.ts";

/** A resource that answers requests without being stored. */
interface VirtualType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
}

export const virtualTypes: readonly VirtualType[] = [
  review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
  review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
  review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
];

function review(group: string, plural: string, kind: string): VirtualType {
  return { group, version: "v1", plural, singular: kind.toLowerCase(), kind };
}

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

interface SubresourceEntry {
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

function subresourcesOf(type: ResourceType): SubresourceEntry[] {
  return type.subresources.map((name): SubresourceEntry => {
    switch (name) {
      case "scale":
        return { name, group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] };
      case "eviction":
        return { name, group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] };
      case "log":
        return { name, kind: type.kind, verbs: ["get"] };
      case "finalize":
        return { name, kind: type.kind, verbs: ["update"] };
      case "status":
        return { name, kind: type.kind, verbs: ["get", "patch", "update"] };
    }
  });
}

function groups(): string[] {
  return [...new Set([...resourceTypes, ...virtualTypes].map((type) => type.group))].filter((group) => group !== "");
}

function versionOf(group: string): string {
  return [...resourceTypes, ...virtualTypes].find((type) => type.group === group)?.version ?? "v1";
}

/** /api, /apis and the resource lists below them, in the old form and in the aggregated one. */
export function discoveryAnswer({ path, headers }: Call, host: string): DocumentAnswer | undefined {
  const trimmed = path.replace(/\/$/, "");
  if (trimmed === "/api" || trimmed === "/apis") {
    const aggregated = aggregatedType(headers.accept ?? "");
    if (aggregated !== undefined) return aggregatedAnswer(trimmed === "/api" ? [""] : groups(), aggregated);
    return { status: 200, body: trimmed === "/api" ? legacyVersions(host) : groupList() };
  }
  const found = /^\/(?:api\/(?<core>[^/]+)|apis\/(?<group>[^/]+)(?:\/(?<version>[^/]+))?)$/.exec(trimmed)?.groups;
  if (found === undefined) return undefined;
  const group = found["group"] ?? "";
  const version = found["core"] ?? found["version"];
  if (group !== "" && !groups().includes(group)) return undefined;
  if (version === undefined) return { status: 200, body: { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) } };
  return version === versionOf(group) ? { status: 200, body: resourceList(group, version) } : undefined;
}

function legacyVersions(host: string): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: host }] };
}

function groupList(): JsonObject {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups().map((group) => groupEntry(group)) };
}

function groupEntry(group: string): JsonObject {
  const version = versionOf(group);
  const entry = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [entry], preferredVersion: entry };
}

function resourceList(group: string, version: string): JsonObject {
  const stored = resourceTypes.filter((type) => type.group === group).flatMap((type) => [mainEntry(type), ...subEntries(type)]);
  const virtual = virtualTypes
    .filter((type) => type.group === group)
    .map(({ plural, singular, kind }) => ({ name: plural, singularName: singular, namespaced: false, kind, verbs: ["create"] }));
  // The list of the legacy group alone has no apiVersion.
  const apiVersion = group === "" ? {} : { apiVersion: "v1" };
  return { kind: "APIResourceList", ...apiVersion, groupVersion: groupVersion({ group, version }), resources: [...stored, ...virtual] };
}

function mainEntry({ plural, singular, isNamespaced, kind, shortNames, categories }: ResourceType): JsonObject {
  return {
    name: plural,
    singularName: singular,
    namespaced: isNamespaced,
    kind,
    verbs: verbsOf(kind),
    ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
    ...(categories.length === 0 ? {} : { categories: [...categories] }),
    storageVersionHash: createHash("sha256").update(`${plural}/${kind}`).digest("base64").slice(0, 11).concat("="),
  };
}

function verbsOf(kind: string): string[] {
  return VERBS.filter((verb) => kind !== "Namespace" || verb !== "deletecollection");
}

function subEntries(type: ResourceType): JsonObject[] {
  return subresourcesOf(type).map(({ name, group, version, kind, verbs }) => ({
    name: `${type.plural}/${name}`,
    singularName: "",
    namespaced: type.isNamespaced,
    ...(group === undefined ? {} : { group, version }),
    kind,
    verbs: [...verbs],
  }));
}

/** The media type to echo when the client asks for aggregated discovery (KEP-3352). */
function aggregatedType(accept: string): string | undefined {
  for (const part of accept.split(",").map((text) => text.replaceAll(/\s/g, ""))) {
    const version = /;v=(v2|v2beta1)(?:;|$)/.exec(part)?.[1];
    if (part.startsWith("application/json") && part.includes("as=APIGroupDiscoveryList") && version !== undefined) {
      return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    }
  }
  return undefined;
}

function aggregatedAnswer(wanted: readonly string[], contentType: string): DocumentAnswer {
  const version = contentType.includes("v2beta1") ? "v2beta1" : "v2";
  const items = wanted.map((group) => ({
    metadata: group === "" ? {} : { name: group },
    versions: [{ version: versionOf(group), resources: aggregatedResources(group), freshness: "Current" }],
  }));
  return {
    status: 200,
    contentType,
    body: { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items },
  };
}

function aggregatedResources(group: string): JsonObject[] {
  const kindOf = (kind: string, own: { group?: string; version?: string } = {}): JsonObject => ({
    group: own.group ?? "",
    version: own.version ?? "",
    kind,
  });
  const stored = resourceTypes
    .filter((type) => type.group === group)
    .map((type): JsonObject => {
      const subresources = subresourcesOf(type).map((sub) => ({
        subresource: sub.name,
        responseKind: kindOf(sub.kind, sub),
        verbs: [...sub.verbs],
      }));
      return {
        resource: type.plural,
        responseKind: kindOf(type.kind),
        scope: type.isNamespaced ? "Namespaced" : "Cluster",
        singularResource: type.singular,
        verbs: verbsOf(type.kind),
        ...(type.shortNames.length === 0 ? {} : { shortNames: [...type.shortNames] }),
        ...(type.categories.length === 0 ? {} : { categories: [...type.categories] }),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
  const virtual = virtualTypes
    .filter((type) => type.group === group)
    .map(({ plural, singular, kind }) => ({
      resource: plural,
      responseKind: kindOf(kind),
      scope: "Cluster",
      singularResource: singular,
      verbs: ["create"],
    }));
  return [...stored, ...virtual];
}
