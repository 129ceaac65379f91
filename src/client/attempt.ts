import { RedirectRefusedError, RequestError } from "../errors/index.ts";
import { judgeOutcome, type CircuitPass } from "../limit/index.ts";
import { nextHop, type Hop } from "../redirect/index.ts";
import { formatDuration, isRepeatableMethod, isSafeMethod, parseRetryAfter } from "../retry/index.ts";
import { redactText } from "../secrets/index.ts";
import type { ExchangeFailure } from "../transport/index.ts";
import { AttemptNotes } from "./attempt-notes.ts";
import type { Call } from "./call.ts";
import { circuitOpen } from "./circuit-open.ts";
import { exchange, type Exchanged } from "./exchange.ts";
import { ErrandResponse } from "./response.ts";
import type { StreamResponse } from "./stream-response.ts";

/** A redirect's or retried answer's body up to this size is read, so that its connection can be used again. */
const drainBytes = 64 * 1024;

/** One try: exchanges and redirects until an answer that is no redirect, or a failure. Goes on from the current hop. */
export async function attempt(call: Call, number: number): Promise<Exchanged> {
  const cancellation = call.control.beginAttempt();
  let pass: CircuitPass | undefined;
  try {
    for (;;) {
      const context = { number, hop: call.history.length, cancellation };
      const entry = call.context.limits?.breaker?.enter(call.origin);
      if (entry?.isOpen === true) return circuitOpen(call, entry);
      pass = entry;
      let exchanged = await exchange(call, context);
      if ("failure" in exchanged && cancellation.reason === undefined && isHealable(call, exchanged.failure)) {
        call.needsFreshConnection = true;
        exchanged = await exchange(call, context);
      }
      pass?.settle(judgeOutcome("failure" in exchanged ? exchanged.failure : exchanged.response));
      if ("failure" in exchanged) return exchanged;
      const { response } = exchanged;
      if (response.status < 300 || response.status > 399) return exchanged;
      const hop = hopAfter(call, response);
      if (!hop.follow) return exchanged;
      await remember(call, response);
      await waitBeforeHop(call, response);
      call.follow(hop);
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return {
      failure: {
        error,
        isUnprocessed: false,
        isStale: false,
        isReused: false,
        timings: error.timings ?? { totalMs: call.control.attemptMs },
      },
    };
  } finally {
    // Of a middleware that threw.
    pass?.settle("ignored");
    call.control.endAttempt();
  }
}

/**
 * A reused connection that broke before a byte of the answer is replaced once, without counting as an attempt: the server closed it while
 * it was idle. A POST or PATCH is repeated only if nothing of it was written, or with a key of the call.
 */
function isHealable(call: Call, failure: ExchangeFailure): boolean {
  if (!failure.isStale || !call.canReplayBody) return false;
  if (failure.isUnprocessed || call.isKeyed) return true;
  const { safe } = call.options;
  return (
    isRepeatableMethod(call.method, call.retry, safe) || (idempotent.has(call.method) && !(safe === false && isSafeMethod(call.method)))
  );
}

/** RFC 9110 9.2.2. */
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

function hopAfter(call: Call, response: ErrandResponse | StreamResponse): Hop {
  call.trail.push(call.summary);
  const hop = nextHop({
    method: call.method,
    url: call.url,
    status: response.status,
    location: response.headerMap["location"],
    hasBody: call.body !== undefined,
    canReplayBody: call.canReplayBody,
    trail: call.trail,
    visited: call.visited,
    policy: call.redirect,
    redact: redactText,
  });
  if (hop.follow && hop.keepsBody && !hop.isSameOrigin && call.isBodySecret) throw secretBody(call, response.status, hop.url);
  return hop;
}

function secretBody(call: Call, status: number, target: URL): RedirectRefusedError {
  const { method, url } = call.summary;
  return new RedirectRefusedError({
    code: "ERR_REDIRECT_REFUSED",
    message: `${method} ${url}: the ${status} was not followed: its body holds a Secret, which is not sent to another origin (${target.origin})`,
    hint: "Call that origin directly.",
    request: call.summary,
  });
}

/** A redirect's Retry-After is the least time to wait before following it (RFC 9110 10.2.3). */
async function waitBeforeHop(call: Call, response: ErrandResponse | StreamResponse): Promise<void> {
  const waitMs = parseRetryAfter(response.header("retry-after"), Date.now()) ?? 0;
  if (waitMs === 0) return;
  const limitMs = Math.min(call.retry.maxRetryAfterMs, call.control.remainingMs ?? Number.POSITIVE_INFINITY);
  if (waitMs > limitMs) {
    const { method, url } = call.summary;
    throw new RedirectRefusedError({
      code: "ERR_REDIRECT_REFUSED",
      message: `${method} ${url}: the ${response.status} asks to wait ${formatDuration(waitMs)} before following it, longer than ${formatDuration(limitMs)}`,
      hint: "Raise retry.maxRetryAfter or the deadline, or call again later.",
      request: call.summary,
    });
  }
  await call.control.pause(waitMs);
}

/** A redirect knows those before it, as its response would have if the call had ended there. */
async function remember({ history }: Call, response: ErrandResponse | StreamResponse): Promise<void> {
  const { totalMs } = response.timings;
  history.push((await discard(response)).settle({ notes: new AttemptNotes(), history: [...history], elapsedMs: totalMs, why: undefined }));
}

/** Gives the connection back; the body is not decoded, for nobody reads it. */
export async function discard(response: ErrandResponse | StreamResponse): Promise<ErrandResponse> {
  if (response instanceof ErrandResponse) return response;
  const isSmall = Number(response.header("content-length") ?? Number.NaN) <= drainBytes;
  return response.drain(isSmall);
}
