import { HTTPError, RequestError } from "../errors/index.ts";
import { decideRetry, firstTryRefund, retryCost, type RetryAgain, type RetryDecision, type RetryOutcome } from "../retry/index.ts";
import { attemptChannel, type AttemptMessage } from "./attempt-channel.ts";
import { attempt, discard } from "./attempt.ts";
import { admit, release } from "./admit.ts";
import type { Call } from "./call.ts";
import { pointToCaller } from "./caller-stack.ts";
import { asRequestError, type Exchanged } from "./exchange.ts";
import { explainAttempts, hasStory } from "./explain.ts";
import { fallbackFor } from "./fallback.ts";
import { hasNewCredentials, isRefused } from "./new-credentials.ts";
import type { CallRecord } from "./response-head.ts";
import type { ErrandResponse } from "./response.ts";
import { StreamResponse } from "./stream-response.ts";

const done: RetryDecision = { action: "stop", stopped: "done" };

/** Runs a call to its end: attempts, waits, one refresh of its credentials, its fallback. */
export async function runCall(call: Call): Promise<ErrandResponse | StreamResponse> {
  let isStreaming = false;
  try {
    call.control.throwIfAborted();
    const preparing = call.prepareBody();
    if (preparing !== undefined) await preparing;
    let lastCost = firstTryRefund;
    for (let tries = 1; ; tries += 1) {
      if (tries > 1) call.control.throwIfAborted();
      const { limits } = call.context;
      const refused = limits === undefined ? undefined : await admit(call, limits);
      const startedAt = Date.now();
      const exchanged = refused ?? (await attempt(call, tries));
      if (limits !== undefined) release(call, exchanged);
      if (isRefused(call, exchanged) && (await hasNewCredentials(call, exchanged))) {
        tries -= 1;
        record(call, exchanged, { startedAt, decision: undefined });
        await discard(exchanged.response);
        call.permit?.release();
        continue;
      }
      const decision = decide(call, exchanged, tries);
      record(call, exchanged, { startedAt, decision });
      if (decision.action === "stop") {
        call.why = decision.why;
        const end = finish(call, exchanged, { why: decision.why, refund: lastCost });
        const response = end instanceof Promise ? await end : end;
        isStreaming = response instanceof StreamResponse;
        return response;
      }
      lastCost = retryCost(outcomeOf(exchanged));
      if ("response" in exchanged) await discard(exchanged.response);
      call.permit?.release();
      call.needsFreshConnection = decision.needsFreshConnection;
      await wait(call, decision);
    }
  } catch (error) {
    const known = asRequestError(error, call);
    if (!(known instanceof RequestError)) throw known;
    tellStory(known, call);
    pointToCaller(known, runCall);
    throw known;
  } finally {
    if (!isStreaming) {
      call.control.dispose();
      call.permit?.release();
    }
    call.context.onEnd();
  }
}

function decide(call: Call, exchanged: Exchanged, number: number): RetryDecision {
  if ("response" in exchanged && exchanged.response.status < 400) return done;
  const { context, control, retry, method, summary } = call;
  return decideRetry({
    policy: retry,
    attempt: number,
    method,
    safe: call.options.safe,
    url: summary.url,
    outcome: outcomeOf(exchanged),
    isKeyed: call.isKeyed,
    honoursIdempotencyKey: context.defaults.honoursIdempotencyKey,
    isUnprocessed: "failure" in exchanged && exchanged.failure.isUnprocessed,
    canReplayBody: call.canReplayBody,
    remainingMs: control.remainingMs,
    circuitOpenMs: context.limits?.breaker?.refusal(call.origin)?.retryAfterMs ?? 0,
    budget: context.budgetOf(call.origin),
    nowMs: Date.now(),
    random: context.random,
  });
}

function outcomeOf(exchanged: Exchanged): RetryOutcome {
  if ("failure" in exchanged) return { error: exchanged.failure.error, headers: exchanged.failure.brokenHeaders };
  return { status: exchanged.response.status, headers: exchanged.response.headerMap };
}

/** Notes the attempt and tells who listens. */
function record(
  call: Call,
  exchanged: Exchanged,
  { startedAt, decision }: { startedAt: number; decision: RetryDecision | undefined },
): void {
  const { method, url, notes, context } = call;
  const { isUnverified } = context;
  notes.add(
    "failure" in exchanged
      ? {
          method,
          url,
          startedAt,
          decision,
          isUnverified,
          outcome: exchanged.failure.error,
          timings: exchanged.failure.timings,
          isReusedConnection: exchanged.failure.isReused,
        }
      : {
          method,
          url,
          startedAt,
          decision,
          isUnverified,
          outcome: exchanged.response.status,
          timings: exchanged.response.timings,
          isReusedConnection: exchanged.isReused,
        },
  );
  const listener = call.options.onAttempt ?? context.defaults.onAttempt;
  if (listener === undefined && context.log === undefined && !attemptChannel.hasSubscribers) return;
  const told = notes.tell().at(-1);
  if (told === undefined) return;
  const why = decision?.action === "stop" ? decision.why : undefined;
  listener?.(told);
  context.log?.(told, why);
  if (attemptChannel.hasSubscribers) attemptChannel.publish({ attempt: told, why } satisfies AttemptMessage);
}

function wait(call: Call, { waitMs }: RetryAgain): Promise<void> {
  return call.control.sleep(waitMs);
}

interface Ending {
  readonly why: string | undefined;
  /** Tokens to give back to the retry budget after a success. */
  readonly refund: number;
}

function finish(call: Call, exchanged: Exchanged, { why, refund }: Ending): ErrandResponse | StreamResponse | Promise<ErrandResponse> {
  const story = { notes: call.notes, history: call.history, elapsedMs: call.control.elapsedMs, why };
  if ("failure" in exchanged) return replaceOrThrow(call, exchanged.failure.error, story);
  const response = exchanged.response.settle(story);
  if (response.status < 400) call.context.refund(call.origin, refund);
  if (response instanceof StreamResponse) {
    call.control.beginStream();
    response.onSettled(() => {
      call.control.dispose();
      call.permit?.release();
    });
    return response;
  }
  if (response.status < 400 || call.options.fallback === undefined) return response;
  return fallbackFor(call, { error: response.toError(), status: response.status, story }).then((replacement) => replacement ?? response);
}

async function replaceOrThrow(call: Call, error: RequestError, story: CallRecord): Promise<ErrandResponse> {
  error.attempts = call.notes.tell();
  const replacement = await fallbackFor(call, { error, status: undefined, story });
  if (replacement === undefined) throw error;
  return replacement;
}

/** Messages repeat the attempts in words, and why there was no further one; a single attempt that was final is the message itself. */
function tellStory(error: RequestError, call: Call): void {
  // An HTTPError, which a fallback may throw on, tells its story already.
  if (error instanceof HTTPError) return;
  const attempts = call.notes.tell();
  error.attempts = attempts;
  if (hasStory(attempts, call.why)) error.message += ` (${explainAttempts(attempts, call.control.elapsedMs, call.why)})`;
}
