import type { ErrorCode, RequestError } from "../errors/index.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** Server errors that say "never like this": not implemented, HTTP version, network login page. */
const lastingServerErrors: ReadonlySet<number> = new Set([501, 505, 511]);
const transientClientErrors: ReadonlySet<number> = new Set([408, 425, 429]);

const transientCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_TIMEOUT",
  "ERR_DNS",
  "ERR_CONNECTION_REFUSED",
  "ERR_CONNECTION_RESET",
  "ERR_CONNECTION_CLOSED",
  "ERR_CONNECTION",
  "ERR_PROXY",
  "ERR_BODY_TRUNCATED",
  "ERR_MALFORMED_RESPONSE",
  // A handshake that broke off. Certificates and versions that do not fit have codes of their own, and stay wrong.
  "ERR_TLS",
]);

/** Codes of what the caller did or gave: another attempt cannot change it, so `retry.when` is not asked either. */
const callerCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_ABORTED",
  "ERR_DEADLINE",
  "ERR_CIRCUIT_OPEN",
  "ERR_SESSION_CLOSED",
  "ERR_INVALID_URL",
  "ERR_INVALID_HEADER",
  "ERR_INVALID_OPTION",
  "ERR_INVALID_BODY",
  "ERR_BODY_ALREADY_READ",
  "ERR_TLS_MATERIAL",
  // Of a request that an Auth or a middleware made.
  "ERR_HELD_BACK",
]);

/**
 * True for a status worth another attempt: those of `policy.statuses`, or by default 408, 425, 429 and every 5xx but 501, 505 and 511.
 *
 * @param isKeyed the call gave an idempotency key; then, by default, a 409 is one too: the first attempt may still be in progress
 * (draft-ietf-httpapi-idempotency-key-header 2.7)
 */
export function isRetryableStatus(status: number, policy: RetryPolicy, isKeyed: boolean): boolean {
  if (policy.statuses !== undefined) return policy.statuses.includes(status);
  if (status >= 500 && status <= 599) return !lastingServerErrors.has(status);
  return transientClientErrors.has(status) || (status === 409 && isKeyed);
}

/** True for an error worth another attempt: no connection, a broken one, a broken answer, a timeout. */
export function isRetryableError(error: RequestError): boolean {
  return transientCodes.has(error.code);
}

/** True for an error that the caller caused: an abort, the deadline, an option. */
export function isCallerError(error: RequestError): boolean {
  return callerCodes.has(error.code);
}
