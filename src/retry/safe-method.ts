import type { RetryPolicy } from "./retry-policy.ts";

/** RFC 9110 9.2.1, and QUERY. */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"]);

/** True for a method that changes nothing (RFC 9110 9.2.1). */
export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method);
}

/**
 * Whether repeating the request does no harm by its method.
 *
 * @param safe what the caller said: `true` makes it like a GET; `false` takes a safe method what it has of itself, for the service does
 * something at each such request
 */
export function isRepeatableMethod(method: string, policy: Pick<RetryPolicy, "methods">, safe: boolean | undefined): boolean {
  if (safe === true && policy.methods.includes("GET")) return true;
  if (safe === false && safeMethods.has(method)) return false;
  return policy.methods.includes(method);
}
