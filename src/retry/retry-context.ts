import type { RequestError } from "../errors/index.ts";
import type { HeaderMap } from "./header-map.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** How an attempt ended: with an answer of any status, or with an error. */
export type RetryOutcome =
  | { readonly status: number; readonly headers: HeaderMap }
  | {
      readonly error: RequestError;
      /** Of an answer of 300 or above whose body broke: its Retry-After holds. */
      readonly headers?: HeaderMap | undefined;
    };

/** Everything the decision about another attempt depends on. */
export interface RetryContext {
  readonly policy: RetryPolicy;
  /** The attempt that just ended, 1 for the first. */
  readonly attempt: number;
  readonly method: string;
  /** What the call says of itself: it changes nothing, or it does although its method should not. */
  readonly safe?: boolean | undefined;
  /** Redacted. */
  readonly url: string;
  readonly outcome: RetryOutcome;
  /** The call gave an `idempotencyKey`. */
  readonly isKeyed: boolean;
  /** The session says that the service honours idempotency keys; POST and PATCH carry one. */
  readonly honoursIdempotencyKey: boolean;
  /** It is certain that the server did not process the request: refused, DNS, TLS handshake, connect timeout. */
  readonly isUnprocessed: boolean;
  /** There is no body, it can be built again, or nothing was taken from it yet. */
  readonly canReplayBody: boolean;
  /** Until the deadline of the call; undefined without one. */
  readonly remainingMs: number | undefined;
  /** Until the circuit breaker lets a call through; undefined where nothing is in the way. */
  readonly circuitOpenMs?: number | undefined;
  readonly budget: RetryBudget;
  readonly nowMs: number;
  /** In [0, 1), like Math.random. */
  readonly random: () => number;
}
