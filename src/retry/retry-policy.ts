import type { Duration } from "./duration.ts";
import type { Failure } from "./failure.ts";

/** The answer of `retry.when`; undefined leaves the decision to the defaults. */
export type RetryVerdict = "retry" | "stop" | undefined;

/** When and how often a failed attempt is repeated. On a call, what is left out comes from the session. */
export interface RetryOptions {
  /** Attempts in all, the first included: 1 to 100. @default 3 */
  readonly attempts?: number;
  /** The span of the first random wait; it doubles with each retry. @default "200ms", after a 429 or 503 "1s" */
  readonly backoff?: Duration;
  /** The span never grows beyond this. @default "20s", or `backoff` if that is longer */
  readonly maxBackoff?: Duration;
  /** Methods to repeat, in place of the defaults. Naming POST says that doing it twice is harmless. @default GET HEAD OPTIONS TRACE PUT DELETE (RFC 9110 9.2.2) */
  readonly methods?: readonly string[];
  /** Statuses to repeat (400 to 599), in place of the defaults. @default 408, 425, 429, 5xx but 501, 505, 511; 409 when the call gave an `idempotencyKey` */
  readonly statuses?: readonly number[];
  /** A server that asks for a longer wait (Retry-After, rate limit) ends the call at once. @default "60s" */
  readonly maxRetryAfter?: Duration;
  /**
   * Decides before methods and statuses do; attempts, body, budget, deadline and `maxRetryAfter` still hold.
   *
   * Asked about every error that is not the caller's own (abort, deadline, invalid options) and every status of 400 or above. What it throws
   * ends the call.
   * @example when: (failure) => (failure.status === 403 && failure.header("x-ratelimit-remaining") === "0" ? "retry" : undefined)
   */
  readonly when?: (failure: Failure) => RetryVerdict;
}

/** {@link RetryOptions}, validated, with the defaults filled in. */
export interface RetryPolicy {
  /** `retry: false`: one attempt, whatever the rest says. */
  readonly isOff: boolean;
  readonly attempts: number;
  /** Undefined: by status, see {@link RetryOptions.backoff}. */
  readonly backoffMs: number | undefined;
  readonly maxBackoffMs: number;
  /** In upper case. */
  readonly methods: readonly string[];
  /** Undefined: the default table, see {@link RetryOptions.statuses}. */
  readonly statuses: readonly number[] | undefined;
  readonly maxRetryAfterMs: number;
  readonly when: RetryOptions["when"];
}

/** Three attempts of idempotent methods. */
export const defaultRetryPolicy: RetryPolicy = Object.freeze({
  isOff: false,
  attempts: 3,
  backoffMs: undefined,
  maxBackoffMs: 20_000,
  methods: Object.freeze(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]),
  statuses: undefined,
  maxRetryAfterMs: 60_000,
  when: undefined,
});
