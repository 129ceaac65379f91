import type { KubernetesObject } from "../types.ts";

/** A change of an object. */
export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Of a deletion: the last that was known. */
  readonly object: T;
  /** Not sent as such, but found by comparing lists after changes had been missed. */
  readonly isResync?: true;
}

/** What a line of a watch can be. */
export type WatchLine =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubernetesObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string }
  | { readonly type: "ERROR"; readonly object: unknown };

/** @returns undefined for a line that is none of these: a type of a later API is skipped, not a reason to end. */
export function readWatchLine(line: unknown): WatchLine | undefined {
  if (typeof line !== "object" || line === null || !("type" in line) || !("object" in line)) return undefined;
  const { type, object } = line;
  if (type === "ERROR") return { type, object };
  if (!isObject(object)) return undefined;
  if (type === "BOOKMARK") return { type, resourceVersion: object.metadata.resourceVersion };
  return type === "ADDED" || type === "MODIFIED" || type === "DELETED" ? { type, object } : undefined;
}

function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== "object" || value === null || !("metadata" in value)) return false;
  const { metadata } = value;
  return typeof metadata === "object" && metadata !== null && "resourceVersion" in metadata && typeof metadata.resourceVersion === "string";
}
