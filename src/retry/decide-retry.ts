import { InvalidRequestError, type Stopped } from "../errors/index.ts";
import { formatDuration } from "./duration.ts";
import type { Failure } from "./failure.ts";
import { headerLines, headerText } from "./header-map.ts";
import { parseRetryAfter } from "./retry-after.ts";
import type { RetryContext } from "./retry-context.ts";
import { retryCost } from "./retry-cost.ts";
import type { RetryVerdict } from "./retry-policy.ts";
import { retryWait } from "./retry-wait.ts";
import { isCallerError, isRetryableError, isRetryableStatus } from "./retryable.ts";
import { isRepeatableMethod } from "./safe-method.ts";

export interface RetryStop {
  readonly action: "stop";
  readonly stopped: Stopped;
  /** A clause for the message, e.g. "the server asked to wait 5 min, longer than maxRetryAfter (60 s)"; absent for `done`. */
  readonly why?: string;
}

export interface RetryAgain {
  readonly action: "retry";
  readonly waitMs: number;
  /** What decided the wait. */
  readonly reason: "backoff" | "retryAfter" | "rateLimit";
  /** The next attempt must not use the connection of this one. */
  readonly needsFreshConnection: boolean;
}

export type RetryDecision = RetryAgain | RetryStop;

/** 408 and 421 ask for another connection (RFC 9110 15.5.9, 15.5.20), 425 for one whose handshake is complete (RFC 8470 5.2). */
const freshConnectionStatuses: ReadonlySet<number> = new Set([408, 421, 425]);

/**
 * Whether an attempt that ended is followed by another, after which wait, or why not.
 *
 * The reasons are tried from the most lasting to the most passing one, so that the one given is the one that another setting, or another
 * day, would have had to change. Takes tokens from the budget when it says "retry", and only then.
 * @throws InvalidRequestError when `retry.when` returns something else than it may; and what `retry.when` throws
 */
export function decideRetry(context: RetryContext): RetryDecision {
  const verdict = askWhen(context);
  if (verdict === "stop") return stop("when", "retry.when said stop");
  return refusal(context, verdict) ?? waitOrStop(context);
}

function refusal(context: RetryContext, verdict: RetryVerdict): RetryStop | undefined {
  const { policy, attempt, method, outcome, canReplayBody } = context;
  if ("error" in outcome && outcome.error.code === "ERR_DEADLINE") return stop("deadline", "the deadline passed");
  if (verdict !== "retry" && !isRetryable(context)) return { action: "stop", stopped: "done" };
  // With a single attempt it was never a question of method or body.
  if (policy.attempts === 1) return stop("attempts", policy.isOff ? "retries are off (retry: false)" : "retry.attempts is 1");
  if (verdict !== "retry" && !isRepeatable(context)) {
    return stop("method", `${method} is not repeated, for it may have been processed; give an idempotencyKey if the service honours one`);
  }
  if (!canReplayBody) return stop("body", "the body is a stream that can be sent only once");
  if (attempt >= policy.attempts) return stop("attempts", `retry.attempts is ${policy.attempts}`);
  return undefined;
}

function isRetryable({ policy, outcome, isKeyed }: RetryContext): boolean {
  return "error" in outcome ? isRetryableError(outcome.error) : isRetryableStatus(outcome.status, policy, isKeyed);
}

function isRepeatable({ policy, method, safe, isKeyed, honoursIdempotencyKey, isUnprocessed }: RetryContext): boolean {
  const name = method.toUpperCase();
  if (isUnprocessed || isKeyed || isRepeatableMethod(name, policy, safe)) return true;
  return honoursIdempotencyKey && (name === "POST" || name === "PATCH");
}

function waitOrStop(context: RetryContext): RetryDecision {
  const { policy, outcome, remainingMs, budget } = context;
  const { waitMs, reason, askedMs, words } = retryWait(context);
  if (askedMs > policy.maxRetryAfterMs) {
    return stop("retryAfter", `${words}, longer than maxRetryAfter (${formatDuration(policy.maxRetryAfterMs)})`);
  }
  if (remainingMs !== undefined && waitMs >= remainingMs) {
    return stop("deadline", remainingMs <= 0 ? "the deadline passed" : `${words}, but the deadline leaves ${formatDuration(remainingMs)}`);
  }
  if (waitMs < (context.circuitOpenMs ?? 0)) return stop("breaker", "most calls to this origin fail: its circuit is open");
  if (!budget.tryTake(retryCost(outcome))) return stop("budget", "the retry budget of this origin is empty: too many calls to it fail");
  return { action: "retry", waitMs, reason, needsFreshConnection: "status" in outcome && freshConnectionStatuses.has(outcome.status) };
}

function askWhen(context: RetryContext): RetryVerdict {
  const { policy, outcome } = context;
  const isFailure = "error" in outcome ? !isCallerError(outcome.error) : outcome.status >= 400;
  if (policy.isOff || policy.when === undefined || !isFailure) return undefined;
  const verdict: unknown = policy.when(failureOf(context));
  if (verdict === undefined || verdict === "retry" || verdict === "stop") return verdict;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `retry.when must return "retry", "stop" or undefined, not ${verdict instanceof Promise ? "a promise" : `a value of type ${typeof verdict}`}`,
  });
}

function failureOf({ attempt, method, url, outcome, nowMs }: RetryContext): Failure {
  if ("error" in outcome) return { attempt, method, url, error: outcome.error, header: () => undefined };
  const { status, headers } = outcome;
  const retryAfterMs = parseRetryAfter(headerLines(headers, "retry-after"), nowMs);
  const header = (name: string): string | undefined => headerText(headers, name.toLowerCase());
  return { attempt, method, url, status, header, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function stop(stopped: Stopped, why: string): RetryStop {
  return { action: "stop", stopped, why };
}
