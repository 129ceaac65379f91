import type { ServerResponse } from "node:http";
import type { Json, JsonObject } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { groupVersion } from "../resource-type.ts";
import type { Change } from "../store.ts";
import { expired, type StatusError } from "../status-error.ts";
import type { Simulation } from "../simulation.ts";
import type { StreamAnswer } from "./call.ts";
import type { ListQuery } from "./list-query.ts";
import type { Presentation } from "./present.ts";
import type { ResourceRoute } from "./route.ts";

/** What may happen to an open watch from outside: faults, a restart. */
export interface WatchHandle {
  /** Sends nothing any more and stays open, as after the death of a node. */
  silence(): void;
  /** Sends an ERROR event and ends. */
  fail(error: StatusError): void;
  /** Ends without a word, as after timeoutSeconds. */
  end(): void;
}

export interface WatchRequest {
  readonly route: ResourceRoute;
  readonly query: ListQuery;
  readonly presentation: Presentation;
  /** Told of the watch while it is open. */
  readonly opened: (handle: WatchHandle) => () => void;
  readonly bookmarkMs: number;
}

type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

// The server closes watches after 30 to 60 minutes when the client names no timeout, or 0.
const DEFAULT_TIMEOUT_SECONDS = 2700;

/** Answers a watch: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function watchAnswer(simulation: Simulation, request: WatchRequest): StreamAnswer {
  return {
    stream: (response) => {
      const watch = new Watch(simulation, request, response);
      return watch.start();
    },
  };
}

class Watch {
  readonly #simulation: Simulation;
  readonly #request: WatchRequest;
  readonly #response: ServerResponse;
  #cleanups: (() => void)[] = [];
  #sentRevision: number;
  #isSilent = false;

  constructor(simulation: Simulation, request: WatchRequest, response: ServerResponse) {
    this.#simulation = simulation;
    this.#request = request;
    this.#response = response;
    this.#sentRevision = request.query.resourceVersion ?? 0;
  }

  start(): () => void {
    const { agenda, store } = this.#simulation;
    const { query } = this.#request;
    this.#response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
    this.#response.flushHeaders();
    const stop = (): void => this.#stop();
    if (!this.#sendBacklog()) return stop;
    this.#cleanups.push(
      store.subscribe((change) => {
        if (change.resource === this.#request.route.type) this.#sendChange(change);
      }),
      agenda.afterWallTime((query.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS) * 1000, () => this.#timeOut()),
      this.#request.opened({
        silence: () => (this.#isSilent = true),
        fail: (error) => this.#fail(error),
        end: () => this.#end(),
      }),
    );
    if (query.allowBookmarks) this.#bookmarkLater();
    return stop;
  }

  /** What the client has missed; false when that is no longer known. */
  #sendBacklog(): boolean {
    const { store } = this.#simulation;
    const { route, query } = this.#request;
    const { resourceVersion, sendInitialEvents } = query;
    if (sendInitialEvents || resourceVersion === undefined || resourceVersion === 0) {
      for (const object of store.list(route.type)) if (query.matches(object)) this.#send("ADDED", object);
      this.#sentRevision = store.revision;
      if (sendInitialEvents && query.allowBookmarks) this.#sendBookmark(true);
      return true;
    }
    const missed = store.changesSince(route.type, resourceVersion);
    if (missed === undefined) {
      this.#fail(expired(`too old resource version: ${resourceVersion} (${store.oldestRevision(route.type)})`));
      return false;
    }
    for (const change of missed) this.#sendChange(change);
    return true;
  }

  /** An object that enters the selection is ADDED, one that leaves it is DELETED, whatever was written. */
  #sendChange(change: Change): void {
    // A version from the future: nothing is sent until the store has caught up.
    if (change.revision <= this.#sentRevision) return;
    this.#sentRevision = change.revision;
    const { matches } = this.#request.query;
    const isIn = change.type !== "DELETED" && matches(change.object);
    const wasIn = change.previous !== undefined && matches(change.previous);
    if (isIn) this.#send(wasIn ? "MODIFIED" : "ADDED", change.object);
    else if (wasIn) this.#send("DELETED", change.type === "DELETED" ? change.object : lastSeen(change));
  }

  #send(type: EventType, object: KubeObject): void {
    this.#write(type, this.#request.presentation.object(object));
  }

  #write(type: EventType, object: Json): void {
    if (this.#isSilent || this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }

  #sendBookmark(isEndOfInitialEvents: boolean): void {
    const { type } = this.#request.route;
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata: JsonObject = { resourceVersion: String(this.#sentRevision), ...(isEndOfInitialEvents ? { annotations } : {}) };
    this.#write("BOOKMARK", { kind: type.kind, apiVersion: groupVersion(type), metadata });
  }

  #bookmarkLater(): void {
    const cancel = this.#simulation.agenda.after(
      this.#request.bookmarkMs,
      () => {
        this.#sentRevision = Math.max(this.#sentRevision, this.#simulation.store.revision);
        this.#sendBookmark(false);
        this.#bookmarkLater();
      },
      { isBackground: true },
    );
    this.#cleanups.push(cancel);
  }

  #timeOut(): void {
    if (this.#isSilent) return;
    if (this.#request.query.allowBookmarks) this.#sendBookmark(false);
    this.#end();
  }

  #fail(error: StatusError): void {
    this.#write("ERROR", error.toStatus());
    this.#end();
  }

  #end(): void {
    this.#stop();
    this.#response.end();
  }

  #stop(): void {
    const cleanups = this.#cleanups;
    this.#cleanups = [];
    for (const cleanup of cleanups) cleanup();
  }
}

/** The object as the selection last had it, with the revision at which it left. */
function lastSeen({ previous, object, revision }: Change): KubeObject {
  const last = previous ?? object;
  return { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
}
