import { setTimeout as delay } from "node:timers/promises";
import { durationMs, type Duration } from "../../../retry/index.ts";
import type { Connection } from "../api/connection.ts";
import { optionError, type ListOptions } from "../api/call-options.ts";
import { collectionPath, listAll, selectionParams, type ListTarget } from "../api/list.ts";
import type { ResourceType } from "../api/resource.ts";
import type { KubernetesObject } from "../types.ts";
import type { WatchEnvironment, WatchLimits, WatchSource } from "./watch-objects.ts";

/** The server ends the watch by itself; this long after that it is cut off. */
const GRACE_SECONDS = 60;

/** Bookmarks come about once a minute. */
const IDLE_TIMEOUT = "90s";

/** Which objects are watched, and from where. */
export interface WatchOptions extends Omit<ListOptions, "timeout" | "deadline" | "onAnswer">, WatchLimits {
  /** Only the object of that name. */
  readonly name?: string;
  /** Silence longer than this, bookmarks included, means that the connection is dead. @default "90s" */
  readonly idleTimeout?: Duration;
}

/** The API's side of a watch. */
export function watchSource(
  connection: Connection,
  target: { readonly type: ResourceType; readonly defaultNamespace: string },
  options: WatchOptions,
): WatchSource {
  const listTarget: ListTarget = { ...target, options: listOptions(options) };
  const path = collectionPath(listTarget);
  const idleTimeoutMs = durationMs(options.idleTimeout ?? IDLE_TIMEOUT, "idleTimeout");
  const { signal, onAttempt } = options;
  return {
    name: path,
    list: () => listAll<KubernetesObject>(connection, listTarget),
    async open(resourceVersion, timeoutSeconds) {
      const params = { ...selectionParams(listTarget.options), watch: 1, resourceVersion, allowWatchBookmarks: true, timeoutSeconds };
      // A session's own deadline is meant for calls that end.
      const deadline = 1000 * (timeoutSeconds + GRACE_SECONDS);
      const response = await connection.stream({ method: "GET", path, params, idleTimeoutMs, call: { signal, onAttempt, deadline } });
      return { lines: response.ndjson(), close: () => response.close() };
    },
  };
}

function listOptions({
  namespace,
  allNamespaces,
  labelSelector,
  fieldSelector,
  name,
  limit,
  signal,
  onAttempt,
}: WatchOptions): ListOptions {
  if (name !== undefined && /[,=!\\]/.test(name)) throw optionError(`${JSON.stringify(name)} cannot be an object's name`);
  const byName = name === undefined ? undefined : `metadata.name=${name}`;
  const fields = [byName, fieldSelector].filter((part) => part !== undefined && part !== "").join(",");
  return { namespace, allNamespaces, labelSelector, fieldSelector: fields, limit, signal, onAttempt };
}

/** Real time and chance. */
export const realEnvironment: WatchEnvironment = {
  now: () => performance.now(),
  random: Math.random,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};
