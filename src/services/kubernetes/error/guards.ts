import { KubernetesError } from "./kubernetes-error.ts";

/** True for every answer of 400 or above of an API server. */
export const isKubernetesError = (error: unknown): error is KubernetesError => error instanceof KubernetesError;
/** True when there is no such object, namespace or resource. */
export const isNotFound = (error: unknown): error is KubernetesError => has(error, { code: 404 });
/** True when the object was changed in the meantime, or a field belongs to another manager; not when it already exists. */
export const isConflict = (error: unknown): error is KubernetesError => has(error, { code: 409, reasons: ["Conflict"] });
/** True when an object of that name is there already. */
export const isAlreadyExists = (error: unknown): error is KubernetesError => has(error, { code: 409, reasons: ["AlreadyExists"] });
/** True when the permission is missing. */
export const isForbidden = (error: unknown): error is KubernetesError => has(error, { code: 403 });
/** True when the credentials are missing, wrong or expired. */
export const isUnauthorized = (error: unknown): error is KubernetesError => has(error, { code: 401 });
/** True when a resource version or a list's next page has expired. */
export const isGone = (error: unknown): error is KubernetesError => has(error, { code: 410 });
/** True when the object breaks a rule; `causes` names the fields. */
export const isInvalid = (error: unknown): error is KubernetesError => has(error, { code: 422 });
/** True when the server is overloaded, or a disruption budget forbids an eviction. */
export const isTooManyRequests = (error: unknown): error is KubernetesError => has(error, { code: 429 });

interface Wanted {
  readonly code: number;
  readonly reasons?: readonly string[];
}

function has(error: unknown, { code, reasons }: Wanted): boolean {
  if (!isKubernetesError(error) || error.status !== code) return false;
  // 409 stands for two things that only the reason tells apart.
  return reasons === undefined || reasons.includes(error.reason ?? "");
}
