import { resourceTypes, type ResourceType, type Subresource } from "../resource-type.ts";

/** What a path below /api or /apis is about. */
export interface ResourceRoute {
  readonly type: ResourceType;
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  /** Empty: the collection. */
  readonly name: string;
  readonly subresource: Subresource | "";
}

/** The resource of a path; "unknown" inside a served group version, undefined outside of all. */
export function parseRoute(path: string): ResourceRoute | "unknown" | undefined {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decode(part));
  const base = groupOf(parts);
  if (base === undefined) return undefined;
  const { group, version, rest } = base;
  const served = resourceTypes.filter((type) => type.group === group && type.version === version);
  if (served.length === 0 || rest.length === 0) return undefined;
  return resolve(served, rest) ?? "unknown";
}

function groupOf(parts: readonly string[]): { group: string; version: string; rest: readonly string[] } | undefined {
  const [root, first, second, ...more] = parts;
  if (root === "api" && first !== undefined) return { group: "", version: first, rest: parts.slice(2) };
  if (root === "apis" && first !== undefined && second !== undefined) return { group: first, version: second, rest: more };
  return undefined;
}

function resolve(served: readonly ResourceType[], parts: readonly string[]): ResourceRoute | undefined {
  const [first = "", second = "", third = ""] = parts;
  const isInNamespace = first === "namespaces" && third !== "" && third !== "status" && third !== "finalize";
  const namespace = isInNamespace ? second : "";
  const [plural = "", name = "", subresource = "", ...tooMuch] = isInNamespace ? parts.slice(2) : parts;
  const type = served.find((one) => one.plural === plural);
  if (type === undefined || tooMuch.length > 0) return undefined;
  if (isInNamespace !== type.isNamespaced && (isInNamespace || name !== "")) return undefined;
  if (subresource === "") return { type, namespace, name, subresource: "" };
  const known = type.subresources.find((one) => one === subresource);
  return known === undefined ? undefined : { type, namespace, name, subresource: known };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray percent sign: the segment as it came matches no name.
    return part;
  }
}
