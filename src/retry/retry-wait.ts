import type { ErrorCode } from "../errors/index.ts";
import { backoffMs } from "./backoff.ts";
import { formatDuration } from "./duration.ts";
import { headerLines } from "./header-map.ts";
import { parseRateLimit } from "./rate-limit.ts";
import { parseRetryAfter } from "./retry-after.ts";
import type { RetryContext, RetryOutcome } from "./retry-context.ts";

/** The wait before the next attempt. */
export interface RetryWait {
  readonly waitMs: number;
  readonly reason: "backoff" | "retryAfter" | "rateLimit";
  /** The part of it that the server asked for, which is never shortened. */
  readonly askedMs: number;
  /** What the wait comes from, for a message. */
  readonly words: string;
}

/** Statuses of an overloaded server get more air than a broken connection. */
const throttlingStatuses: ReadonlySet<number> = new Set([429, 503]);

/** The wait before the next attempt: backoff, or what the server asked for with the backoff's jitter on top. */
export function retryWait(context: RetryContext): RetryWait {
  const jitterMs = jitterOf(context);
  const asked = askedWait(context);
  if (asked === undefined)
    return { waitMs: jitterMs, reason: "backoff", askedMs: 0, words: `the next wait is ${formatDuration(jitterMs)}` };
  // Where the deadline leaves room for what the server asked for but not for all the jitter, the jitter gives way: it is only ours.
  const roomMs = context.remainingMs === undefined ? Infinity : Math.max(0, Math.floor((context.remainingMs - asked.askedMs) / 2));
  return { ...asked, waitMs: asked.askedMs + Math.min(jitterMs, roomMs) };
}

function jitterOf({ policy, attempt, outcome, random }: RetryContext): number {
  const isThrottled = "status" in outcome && throttlingStatuses.has(outcome.status);
  const baseMs = policy.backoffMs ?? (isThrottled ? 1000 : 200);
  return backoffMs({ retry: attempt, baseMs, capMs: policy.maxBackoffMs, random, waitsHalf: isServerAway(outcome) });
}

/**
 * A server that is away, most likely restarting, is not there sooner for callers who come soon: with full jitter half of them have used
 * up their attempts in 300 ms. Coming back close together does it no harm, for what it refuses costs it nothing.
 */
function isServerAway(outcome: RetryOutcome): boolean {
  return "error" in outcome && awayCodes.has(outcome.error.code);
}

const awayCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_DNS",
  "ERR_CONNECTION_REFUSED",
  "ERR_CONNECTION_RESET",
  "ERR_CONNECTION_CLOSED",
  "ERR_CONNECTION",
]);

function askedWait({ outcome, nowMs }: RetryContext): Omit<RetryWait, "waitMs"> | undefined {
  if (outcome.headers === undefined) return undefined;
  const askedMs = parseRetryAfter(headerLines(outcome.headers, "retry-after"), nowMs);
  if (askedMs !== undefined) return { askedMs, reason: "retryAfter", words: `the server asked to wait ${formatDuration(askedMs)}` };
  if ("error" in outcome) return undefined;
  const limit = parseRateLimit(outcome.headers, nowMs);
  if (limit?.resetMs === undefined) return undefined;
  // A 429 with quota left was another limit than this one (GitHub's secondary limits): its reset says nothing.
  const isExhausted = limit.remaining === 0 || (limit.remaining === undefined && outcome.status === 429);
  if (!isExhausted) return undefined;
  return { askedMs: limit.resetMs, reason: "rateLimit", words: `the rate limit resets in ${formatDuration(limit.resetMs)}` };
}
