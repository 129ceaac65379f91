import { TimeoutError, type RequestError } from "../errors/index.ts";
import { isRetryableError } from "../retry/index.ts";

/** What an exchange says about the health of the server: it works, it does not, or nothing. */
export type CircuitVerdict = "success" | "failure" | "ignored";

/** How an exchange ended: with an answer of any status, or with an error. */
export type CircuitOutcome = { readonly status: number } | { readonly error: RequestError };

/**
 * What a circuit breaker learns from an exchange.
 *
 * - failure: 5xx; no connection, a broken one or a broken answer; a timeout, and a deadline that passed while the server was at work
 *   (many callers set only that one)
 * - success: any other answer. 4xx are the caller's fault, and 429 too comes from a server that works and says how it wants to be called;
 *   501 and 505 are its considered opinion
 * - ignored: the caller's abort and whatever else never reached the server (a wrong option, a secret that cannot be read, a wait for a free
 *   connection); 511, which comes from the network (RFC 6585 6); certificates, decode errors and size limits, whose own message is worth
 *   more than "the circuit is open"
 */
export function judgeOutcome(outcome: CircuitOutcome): CircuitVerdict {
  return "status" in outcome ? judgeStatus(outcome.status) : judgeError(outcome.error);
}

function judgeStatus(status: number): CircuitVerdict {
  if (status === 511) return "ignored";
  return status >= 500 && status !== 501 && status !== 505 ? "failure" : "success";
}

function judgeError(error: RequestError): CircuitVerdict {
  if (error instanceof TimeoutError) return error.phase === "prepare" || error.phase === "queue" ? "ignored" : "failure";
  return error.code === "ERR_DEADLINE" || isRetryableError(error) ? "failure" : "ignored";
}
