import { type FieldRequirement, matchesFields, parseFieldSelector } from "../field-selector.ts";
import { matchesRequirements, parseLabelSelector, type Requirement } from "../label-selector.ts";
import type { KubeObject } from "../object.ts";
import { badRequest, type FieldError, forbiddenField, invalid, StatusError } from "../status-error.ts";
import type { Call } from "./call.ts";
import type { ResourceRoute } from "./route.ts";

/** The query parameters of a list or watch. */
export interface ListQuery {
  readonly isWatch: boolean;
  readonly isSelective: boolean;
  readonly resourceVersion: number | undefined;
  readonly resourceVersionMatch: string;
  readonly sendInitialEvents: boolean;
  readonly allowBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly limit: number;
  readonly continueToken: string;
  readonly matches: (object: KubeObject) => boolean;
}

export function readListQuery({ query }: Call, { type, namespace, name }: ResourceRoute): ListQuery {
  const labels: Requirement[] = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields: FieldRequirement[] = parseFieldSelector(query.get("fieldSelector") ?? "", type);
  const isTrue = (parameter: string): boolean => ["true", "1"].includes(query.get(parameter) ?? "");
  const isWatch = isTrue("watch");
  checkCombination(query, isWatch);
  return {
    isWatch,
    isSelective: labels.length + fields.length > 0,
    resourceVersion: readRevision(query.get("resourceVersion") ?? ""),
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
    sendInitialEvents: isTrue("sendInitialEvents"),
    allowBookmarks: isTrue("allowWatchBookmarks"),
    timeoutSeconds: readNumber(query, "timeoutSeconds"),
    limit: readNumber(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    matches: (object) =>
      (namespace === "" || object.metadata.namespace === namespace) &&
      (name === "" || object.metadata.name === name) &&
      matchesRequirements(labels, object.metadata.labels) &&
      matchesFields(fields, object),
  };
}

/** Versions are opaque to clients, but the server wants its own back. */
function readRevision(text: string): number | undefined {
  if (text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const message = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new StatusError(500, "", { message });
}

function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function checkCombination(query: URLSearchParams, isWatch: boolean): void {
  const errors: FieldError[] = [];
  const match = query.get("resourceVersionMatch") ?? "";
  const hasRevision = (query.get("resourceVersion") ?? "") !== "";
  const hasInitial = query.has("sendInitialEvents");
  if (isWatch) {
    if (match !== "" && !hasInitial) {
      errors.push(
        forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"),
      );
    }
    if (hasInitial && match !== "NotOlderThan") {
      errors.push(forbiddenField("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    }
  } else {
    if (hasInitial) errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    if (match !== "" && !hasRevision) {
      errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    if (match === "Exact" && query.get("resourceVersion") === "0") {
      errors.push(forbiddenField("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, errors);
  if (!isWatch && (query.get("continue") ?? "") !== "" && hasRevision && query.get("resourceVersion") !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
}
