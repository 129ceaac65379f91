import { isObject, type JsonObject } from "../json.ts";
import { type KubeObject, withoutType } from "../object.ts";
import { groupVersion } from "../resource-type.ts";
import { badRequest, expired, resourceDetails, StatusError } from "../status-error.ts";
import type { ObjectStore } from "../store.ts";
import type { ListQuery } from "./list-query.ts";
import type { ResourceRoute } from "./route.ts";

/** One page of a list. */
export interface Page {
  readonly objects: readonly KubeObject[];
  readonly metadata: JsonObject;
}

/** The objects of a list request, at the revision it asks for. */
export function listPage(store: ObjectStore, route: ResourceRoute, query: ListQuery): Page {
  const position = query.continueToken === "" ? undefined : parseToken(query.continueToken);
  if (query.resourceVersion !== undefined) refuseFuture(store, route, query.resourceVersion);
  const isExact =
    query.resourceVersionMatch === "Exact" || (query.limit > 0 && query.resourceVersionMatch === "" && (query.resourceVersion ?? 0) > 0);
  const revision = position?.revision ?? (isExact ? (query.resourceVersion ?? store.revision) : store.revision);
  const all = revision === -1 ? store.list(route.type) : store.snapshot(route.type, revision);
  if (all === undefined) throw tooOld(store, { position, isExact, revision });
  const rest = all.filter((object) => query.matches(object) && (position === undefined || keyOf(object) > position.start));
  const shownRevision = revision === -1 ? store.revision : revision;
  if (query.limit <= 0 || rest.length <= query.limit) return { objects: rest, metadata: { resourceVersion: String(shownRevision) } };
  const objects = rest.slice(0, query.limit);
  const last = objects.at(-1);
  const next = formatToken({ revision: shownRevision, start: last === undefined ? "" : keyOf(last) });
  const remaining = query.isSelective ? {} : { remainingItemCount: rest.length - objects.length };
  return { objects, metadata: { resourceVersion: String(shownRevision), continue: next, ...remaining } };
}

/** The page as a DeploymentList, PodList, …; its items carry no kind of their own. */
export function listDocument({ objects, metadata }: Page, { type }: ResourceRoute): JsonObject {
  return { kind: `${type.kind}List`, apiVersion: groupVersion(type), metadata, items: objects.map((object) => withoutType(object)) };
}

export function refuseFuture(store: ObjectStore, { type }: ResourceRoute, revision: number): void {
  if (revision <= store.revision) return;
  throw new StatusError(504, "Timeout", {
    message: `Too large resource version: ${revision}, current: ${store.revision}`,
    headers: { "retry-after": "1" },
    details: {
      ...resourceDetails(type, ""),
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });
}

interface Position {
  /** -1: whatever is newest, after an expired token. */
  readonly revision: number;
  readonly start: string;
}

function tooOld(
  store: ObjectStore,
  { position, isExact, revision }: { position: Position | undefined; isExact: boolean; revision: number },
): StatusError {
  if (position !== undefined) {
    const message =
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
    return expired(message, { continue: formatToken({ revision: -1, start: position.start }) });
  }
  return expired(
    isExact ? "The resourceVersion for the provided list is too old." : `too old resource version: ${revision} (${store.revision})`,
  );
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function formatToken({ revision, start }: Position): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString("base64url");
}

function parseToken(token: string): Position {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (isObject(value) && typeof value["rv"] === "number" && typeof value["start"] === "string") {
      return { revision: value["rv"], start: value["start"] };
    }
  } catch {
    // Falls through: any token that is not ours is refused alike.
  }
  throw badRequest("continue key is not valid: illegal base64 data or unknown version");
}
