import { ErrandError } from "../../errors/index.ts";
import { isConflict, isKubernetesError } from "../../services/kubernetes/index.ts";

/**
 * What a failed write means.
 *
 * - `conflict`: refused because the object has changed since it was read (409)
 * - `refused`: answered with another 4xx: nothing was stored, and the same request would be refused again
 * - `unknown`: no answer, or one (5xx, 429) that leaves open whether it was stored
 */
export type WriteFailure = "conflict" | "refused" | "unknown";

/** Branches on the Status' reason and code, never on its words. */
export function writeFailure(error: unknown): WriteFailure {
  if (isConflict(error)) return "conflict";
  if (!isKubernetesError(error)) return "unknown";
  const isFinal = error.status >= 400 && error.status < 500 && error.status !== 429 && error.status !== 408;
  return isFinal ? "refused" : "unknown";
}

/** The error in one line, for results and messages. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do about it, where the error knows. */
export function hintOf(error: unknown): string | undefined {
  return error instanceof ErrandError ? error.hint : undefined;
}
