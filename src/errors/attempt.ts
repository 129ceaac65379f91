/**
 * Why the last attempt of a call was the last.
 *
 * - `done`: a final answer (any status that is not retried, or an error that never is)
 * - `attempts`: as many attempts as `retry.attempts` allows
 * - `budget`: the retry budget of the origin is empty
 * - `retryAfter`: the server asked for a longer wait than `retry.maxRetryAfter`
 * - `deadline`: no time left for another attempt
 * - `method`: the method is not safe to repeat (RFC 9110 9.2.2)
 * - `body`: the body is a one-shot stream that cannot be sent again
 * - `when`: the caller's `retry.when` said so
 * - `breaker`: the session's circuit breaker would not let the next one through
 */
export type Stopped = "done" | "attempts" | "budget" | "retryAfter" | "deadline" | "method" | "body" | "when" | "breaker";

/** Phases of one exchange in milliseconds. A phase that did not happen (a reused connection, a failed one) is absent. */
export interface Timings {
  /** Waiting for a connection of the pool. */
  readonly queueMs?: number;
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** From the request on the wire to the first byte of the response. */
  readonly waitMs?: number;
  /** From the first byte to the last. */
  readonly receiveMs?: number;
  readonly totalMs: number;
}

/** One try of a call, redirects included. Everything here is redacted. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  readonly method: string;
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly timings: Timings;
  /** Present when an answer arrived. */
  readonly status?: number;
  /** Present when none did. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The wait that followed, in milliseconds; absent on the last attempt. */
  readonly waitMs?: number;
  /** What decided the wait. */
  readonly waitReason?: "backoff" | "retryAfter" | "rateLimit";
  /** Present on the last attempt. */
  readonly stopped?: Stopped;
  /** The connection had carried a request before. */
  readonly isReusedConnection: boolean;
  /** Present when it went over TLS without verification (`tls: { verify: false }`): anybody on the way could read and change it. */
  readonly isUnverified?: true;
}

/** Method and redacted URL: what an error says about the request it belongs to. */
export interface RequestSummary {
  readonly method: string;
  readonly url: string;
}
