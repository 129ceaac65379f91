import type { AccessRule } from "../access.ts";
import { deleteObject } from "../deletion.ts";
import type { Simulation } from "../simulation.ts";
import { methodNotAllowed, noSuchResource } from "../status-error.ts";
import { requireAccess, requirePath } from "./authorize.ts";
import { type Answer, type Call, type DocumentAnswer, ok } from "./call.ts";
import { deleteCollection, deleteFrom } from "./deletes.ts";
import { discoveryAnswer } from "./discovery.ts";
import { listPage, refuseFuture } from "./list.ts";
import { readListQuery } from "./list-query.ts";
import { logAnswer } from "./logs.ts";
import { openApiAnswer } from "./openapi.ts";
import { presentationOf } from "./present.ts";
import { reviewAnswer } from "./reviews.ts";
import { parseRoute, type ResourceRoute } from "./route.ts";
import { scaleFrom, scaleOf } from "./scale.ts";
import { versionDocument } from "./version.ts";
import { watchAnswer, type WatchHandle } from "./watch.ts";
import { createFrom, patchFrom, replaceFrom, type Written } from "./writes.ts";

export interface HandlerOptions {
  readonly simulation: Simulation;
  readonly rules: readonly AccessRule[];
  readonly bookmarkMs: number;
  readonly opened: (handle: WatchHandle) => () => void;
}

/** Answers one request, or throws a StatusError. */
export function handle(call: Call, options: HandlerOptions): Answer {
  const route = parseRoute(call.path);
  if (route === undefined) return handlePath(call, options);
  if (route === "unknown") throw noSuchResource();
  requireAccess(options.rules, call, route);
  return handleResource(call, route, options);
}

function handlePath(call: Call, { simulation, rules }: HandlerOptions): Answer {
  requirePath(call);
  const review = reviewAnswer(call, rules, simulation.agenda.now());
  if (review !== undefined) return review;
  const found = documentAt(call);
  if (found === undefined) return { status: 404, body: "404 page not found\n", contentType: "text/plain; charset=utf-8" };
  if (call.method !== "GET" && call.method !== "HEAD") throw methodNotAllowed();
  return found;
}

function documentAt(call: Call): DocumentAnswer | undefined {
  if (/^\/(?:healthz|livez|readyz)(?:\/[a-z-]+)?$/.test(call.path))
    return { status: 200, body: "ok", contentType: "text/plain; charset=utf-8" };
  if (call.path === "/version" || call.path === "/version/") return { status: 200, body: versionDocument };
  return discoveryAnswer(call, call.headers.host ?? "127.0.0.1") ?? openApiAnswer(call.path);
}

function handleResource(call: Call, route: ResourceRoute, options: HandlerOptions): Answer {
  switch (route.subresource) {
    case "":
      return route.name === "" ? handleCollection(call, route, options) : handleObject(call, route, options);
    case "status":
    case "finalize":
      if (call.method === "DELETE") throw methodNotAllowed();
      return handleObject(call, route, options);
    case "scale":
      return handleScale(call, route, options);
    case "log":
      if (call.method !== "GET") throw methodNotAllowed();
      return logAnswer(options.simulation, route, call);
    case "eviction":
      return handleEviction(call, route, options);
  }
}

function handleCollection(call: Call, route: ResourceRoute, options: HandlerOptions): Answer {
  const { registry, agenda } = options.simulation;
  // Objects are created and deleted in their namespace; all namespaces together can only be read.
  const isWritable = !route.type.isNamespaced || route.namespace !== "";
  switch (call.method) {
    case "GET":
    case "HEAD":
      return read(call, route, options);
    case "POST":
      if (!isWritable) throw methodNotAllowed();
      return written(call, route, { ...createFrom(registry, route, call), nowMs: agenda.now() });
    case "DELETE": {
      if (!isWritable) throw methodNotAllowed();
      const query = readListQuery(call, route);
      return ok(deleteCollection(registry, route, { call, query }));
    }
    default:
      throw methodNotAllowed();
  }
}

function read(call: Call, route: ResourceRoute, { simulation, opened, bookmarkMs }: HandlerOptions): Answer {
  const presentation = presentationOf(call, route, simulation.agenda.now());
  const query = readListQuery(call, route);
  if (query.isWatch) return watchAnswer(simulation, { route, query, presentation, opened, bookmarkMs });
  return formatted(presentation.page(listPage(simulation.store, route, query)), presentation.accepted.format);
}

function handleObject(call: Call, route: ResourceRoute, options: HandlerOptions): Answer {
  const { registry, store, agenda } = options.simulation;
  switch (call.method) {
    case "GET":
    case "HEAD": {
      // GET …/NAME?watch=1 is the old form of a watch on one object.
      if (["true", "1"].includes(call.query.get("watch") ?? "")) return read(call, route, options);
      const presentation = presentationOf(call, route, agenda.now());
      const revision = Number(call.query.get("resourceVersion") ?? "0");
      if (revision > 0) refuseFuture(store, route, revision);
      return formatted(presentation.object(registry.get(route)), presentation.accepted.format);
    }
    case "PUT":
      return written(call, route, { ...replaceFrom(registry, route, call), nowMs: agenda.now() });
    case "PATCH":
      return written(call, route, { ...patchFrom(registry, route, call), nowMs: agenda.now() });
    case "DELETE":
      return ok(deleteFrom(registry, route, call));
    default:
      throw methodNotAllowed();
  }
}

function handleScale(call: Call, route: ResourceRoute, { simulation: { registry } }: HandlerOptions): Answer {
  switch (call.method) {
    case "GET":
      return ok(scaleOf(registry.get(route)));
    case "PUT":
    case "PATCH":
      return ok(scaleFrom(registry, route, call));
    default:
      throw methodNotAllowed();
  }
}

function handleEviction(call: Call, route: ResourceRoute, { simulation: { registry } }: HandlerOptions): Answer {
  if (call.method !== "POST") throw methodNotAllowed();
  deleteObject(registry, route);
  return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
}

function written(call: Call, route: ResourceRoute, { object, warnings, isCreated, nowMs }: Written & { nowMs: number }): Answer {
  const presentation = presentationOf(call, route, nowMs);
  const answer = formatted(presentation.object(object), presentation.accepted.format);
  const lines = [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text)}`);
  return { ...answer, status: isCreated ? 201 : 200, headers: lines.length === 0 ? {} : { warning: lines } };
}

function formatted(body: DocumentAnswer["body"], format: "json" | "yaml"): DocumentAnswer {
  return { status: 200, body, ...(format === "yaml" ? { contentType: "application/yaml" } : {}) };
}
