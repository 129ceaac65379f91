import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AbortError, ConnectionError, DeadlineError, RequestError, TimeoutError, TLSError, type ErrorCode } from "../errors/index.ts";
import { decideRetry, type RetryDecision } from "./decide-retry.ts";
import type { Failure } from "./failure.ts";
import type { HeaderMap } from "./header-map.ts";
import { resolveRetry } from "./resolve-retry.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { RetryContext, RetryOutcome } from "./retry-context.ts";
import type { RetryOptions, RetryVerdict } from "./retry-policy.ts";

const now = Date.UTC(2026, 5, 15, 12, 0, 0);
const answer = (status: number, headers: HeaderMap = {}): RetryOutcome => ({ status, headers });
const failure = (code: ErrorCode): RetryOutcome => ({ error: new ConnectionError({ code, message: "no" }) });
const timeout: RetryOutcome = { error: new TimeoutError({ code: "ERR_TIMEOUT", message: "no", phase: "wait" }) };

interface Given extends Partial<Omit<RetryContext, "policy">> {
  readonly retry?: RetryOptions | false;
}

function contextOf({ retry, ...given }: Given): RetryContext {
  return {
    policy: resolveRetry(retry),
    attempt: 1,
    method: "GET",
    url: "https://api.test/users",
    outcome: answer(503),
    isKeyed: false,
    honoursIdempotencyKey: false,
    isUnprocessed: false,
    canReplayBody: true,
    remainingMs: undefined,
    budget: new RetryBudget(),
    nowMs: now,
    random: () => 0.5,
    ...given,
  };
}

const decide = (given: Given): RetryDecision => decideRetry(contextOf(given));
const stopped = (given: Given): string => {
  const decision = decide(given);
  return decision.action === "stop" ? decision.stopped : "retry";
};
const why = (given: Given): string | undefined => {
  const decision = decide(given);
  return decision.action === "stop" ? decision.why : "retry";
};
const waitOf = (given: Given): [number, string] => {
  const decision = decide(given);
  if (decision.action === "stop") throw new Error(`stopped: ${decision.stopped}`);
  return [decision.waitMs, decision.reason];
};

describe("which attempts are repeated", () => {
  it.each(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])("repeats %s after a 503", (method) => {
    expect(stopped({ method })).toBe("retry");
  });

  it.each(["POST", "PATCH", "PURGE"])("stops %s after a 503, a reset and a timeout because of its method", (method) => {
    for (const outcome of [answer(503), failure("ERR_CONNECTION_RESET"), timeout]) expect(stopped({ method, outcome })).toBe("method");
    expect(why({ method })).toContain("idempotencyKey");
  });

  it("repeats POST and PATCH with a key of the call, when the service honours keys, or when retry.methods names them", () => {
    for (const method of ["POST", "PATCH"]) {
      expect(stopped({ method, isKeyed: true })).toBe("retry");
      expect(stopped({ method, honoursIdempotencyKey: true })).toBe("retry");
      expect(stopped({ method, retry: { methods: ["post", "patch"] } })).toBe("retry");
    }
  });

  it("does not take a service that honours keys for one where any method can be repeated", () => {
    expect(stopped({ method: "PURGE", honoursIdempotencyKey: true })).toBe("method");
  });

  it("stops GET when retry.methods does not name it", () => {
    expect(stopped({ retry: { methods: ["HEAD"] } })).toBe("method");
  });

  it("repeats any method when it is certain that the request was not processed", () => {
    expect(stopped({ method: "POST", outcome: failure("ERR_CONNECTION_REFUSED"), isUnprocessed: true })).toBe("retry");
    expect(stopped({ method: "POST", outcome: failure("ERR_TLS"), isUnprocessed: true })).toBe("retry");
  });

  it.each([200, 204, 304, 307, 400, 401, 403, 404, 409, 501, 505, 511])("is done with a %d, without a reason to give", (status) => {
    expect(decide({ outcome: answer(status) })).toEqual({ action: "stop", stopped: "done" });
  });

  it("repeats a 409 only with a key of the call, not with one that the session adds", () => {
    expect(stopped({ method: "POST", outcome: answer(409), isKeyed: true })).toBe("retry");
    expect(stopped({ method: "POST", outcome: answer(409), honoursIdempotencyKey: true })).toBe("done");
  });

  it.each<ErrorCode>([
    "ERR_TLS_EXPIRED",
    "ERR_TLS_UNTRUSTED",
    "ERR_TOO_MANY_REDIRECTS",
    "ERR_DECODE",
    "ERR_RESPONSE_TOO_LARGE",
    "ERR_ADDRESS_REFUSED",
  ])("is done with %s", (code) => {
    expect(stopped({ outcome: failure(code) })).toBe("done");
  });

  it("uses a fresh connection after 408, 421 and 425, and only then", () => {
    const fresh = (outcome: RetryOutcome): unknown => decide({ outcome, retry: { when: () => "retry" } });
    for (const status of [408, 421, 425]) expect(fresh(answer(status))).toMatchObject({ needsFreshConnection: true });
    for (const outcome of [answer(503), timeout]) expect(fresh(outcome)).toMatchObject({ needsFreshConnection: false });
  });
});

describe("the reason to stop", () => {
  it("is the body when a stream can be sent only once", () => {
    expect(stopped({ method: "PUT", canReplayBody: false })).toBe("body");
    expect(stopped({ method: "POST", canReplayBody: false })).toBe("method");
    expect(stopped({ method: "PUT", canReplayBody: false, outcome: answer(404) })).toBe("done");
  });

  it("is the count when as many attempts as allowed were made", () => {
    expect(stopped({ attempt: 2 })).toBe("retry");
    expect(decide({ attempt: 3 })).toEqual({ action: "stop", stopped: "attempts", why: "retry.attempts is 3" });
    expect(stopped({ attempt: 3, outcome: answer(200) })).toBe("done");
    expect(stopped({ attempt: 3, outcome: answer(503, { "retry-after": "300" }) })).toBe("attempts");
  });

  it("is the count, not the method, when retries are off", () => {
    expect(decide({ retry: false, method: "POST" })).toEqual({
      action: "stop",
      stopped: "attempts",
      why: "retries are off (retry: false)",
    });
    expect(why({ retry: { attempts: 1 } })).toBe("retry.attempts is 1");
  });

  it("is the deadline when it has passed", () => {
    expect(stopped({ outcome: { error: new DeadlineError({ code: "ERR_DEADLINE", message: "no" }) } })).toBe("deadline");
    expect(decide({ outcome: timeout, remainingMs: 0, random: () => 0 })).toEqual({
      action: "stop",
      stopped: "deadline",
      why: "the deadline passed",
    });
  });

  it("is the budget when it is empty", () => {
    const budget = new RetryBudget({ capacity: 4 });
    expect(stopped({ budget })).toBe("budget");
    expect(stopped({ budget, outcome: failure("ERR_CONNECTION_REFUSED") })).toBe("retry");
  });

  it("takes from the budget what the retry costs, and nothing when it stops for another reason", () => {
    const budget = new RetryBudget();
    decide({ budget });
    decide({ budget, outcome: timeout });
    decide({ budget, outcome: failure("ERR_DNS") });
    expect(budget.available).toBe(500 - 5 - 10 - 1);
    for (const given of [
      { method: "POST" },
      { attempt: 3 },
      { remainingMs: 1 },
      { outcome: answer(200) },
      { outcome: answer(503, { "retry-after": "900" }) },
    ]) {
      decide({ budget, ...given });
    }
    expect(budget.available).toBe(484);
  });
});

describe("the wait", () => {
  it("is a random share of 200 ms, doubled each time, or of 1 s after 429 and 503", () => {
    expect(waitOf({ outcome: answer(500) })).toEqual([100, "backoff"]);
    expect(waitOf({ outcome: timeout, attempt: 2 })).toEqual([200, "backoff"]);
    expect(waitOf({ outcome: answer(503) })).toEqual([500, "backoff"]);
    expect(waitOf({ outcome: answer(429), attempt: 2 })).toEqual([1000, "backoff"]);
  });

  it("follows backoff and maxBackoff when they are given, for every status", () => {
    expect(waitOf({ retry: { backoff: "2s" } })).toEqual([1000, "backoff"]);
    expect(waitOf({ retry: { backoff: "2s" }, outcome: answer(500) })).toEqual([1000, "backoff"]);
    expect(waitOf({ retry: { attempts: 50, backoff: "2s", maxBackoff: "10s" }, attempt: 40 })).toEqual([5000, "backoff"]);
    expect(waitOf({ retry: { attempts: 50 }, attempt: 40 })).toEqual([10_000, "backoff"]);
  });

  it("is what Retry-After says and jitter on top", () => {
    expect(waitOf({ outcome: answer(503, { "retry-after": "5" }) })).toEqual([5500, "retryAfter"]);
    expect(waitOf({ outcome: answer(500, { "retry-after": "Mon, 15 Jun 2026 12:00:10 GMT" }) })).toEqual([10_100, "retryAfter"]);
    expect(waitOf({ outcome: answer(429, { "retry-after": ["0", "9"] }), random: () => 0 })).toEqual([0, "retryAfter"]);
  });

  it("ignores a malformed Retry-After", () => {
    expect(waitOf({ outcome: answer(503, { "retry-after": "5, 10" }) })).toEqual([500, "backoff"]);
  });

  it("follows an exhausted rate limit when there is no Retry-After", () => {
    const exhausted = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1000 + 8) };
    expect(waitOf({ outcome: answer(429, exhausted) })).toEqual([8500, "rateLimit"]);
    expect(waitOf({ outcome: answer(429, { ...exhausted, "retry-after": "2" }) })).toEqual([2500, "retryAfter"]);
    expect(waitOf({ outcome: answer(429, { ...exhausted, "retry-after": "soon" }) })).toEqual([8500, "rateLimit"]);
    expect(waitOf({ outcome: answer(429, { "ratelimit-reset": "8" }) })).toEqual([8500, "rateLimit"]);
  });

  it("does not follow the reset of a rate limit that is not used up", () => {
    expect(waitOf({ outcome: answer(429, { ratelimit: '"default";r=7;t=30' }) })).toEqual([500, "backoff"]);
    expect(waitOf({ outcome: answer(503, { "ratelimit-reset": "30" }) })).toEqual([500, "backoff"]);
  });

  it("stops when the server asks for longer than maxRetryAfter, and says so", () => {
    const outcome = answer(503, { "retry-after": "300" });
    expect(decide({ outcome })).toEqual({
      action: "stop",
      stopped: "retryAfter",
      why: "the server asked to wait 5 min, longer than maxRetryAfter (60 s)",
    });
    expect(stopped({ outcome: answer(503, { "retry-after": "60" }) })).toBe("retry");
    expect(stopped({ outcome, retry: { maxRetryAfter: "10m" } })).toBe("retry");
    expect(stopped({ outcome: answer(503, { "retry-after": "99999999999" }), retry: { maxRetryAfter: "24d" } })).toBe("retryAfter");
    expect(why({ outcome: answer(429, { "ratelimit-reset": "3600" }) })).toBe(
      "the rate limit resets in 1 h, longer than maxRetryAfter (60 s)",
    );
  });

  it("stops instead of sleeping past the deadline, and says what the server asked for", () => {
    expect(decide({ outcome: answer(503, { "retry-after": "30" }), remainingMs: 12_000 })).toEqual({
      action: "stop",
      stopped: "deadline",
      why: "the server asked to wait 30 s, but the deadline leaves 12 s",
    });
    expect(why({ remainingMs: 500 })).toBe("the next wait is 500 ms, but the deadline leaves 500 ms");
    expect(stopped({ remainingMs: 501 })).toBe("retry");
  });

  it("shortens its own jitter, never the server's wait, to fit the deadline", () => {
    expect(waitOf({ outcome: answer(503, { "retry-after": "5" }), remainingMs: 5200 })).toEqual([5100, "retryAfter"]);
    expect(stopped({ outcome: answer(503, { "retry-after": "5" }), remainingMs: 5000 })).toBe("deadline");
  });

  it("is never shorter than the server asked and always ends before the deadline", () => {
    const given = fc.record({
      seconds: fc.nat(70),
      remainingMs: fc.option(fc.nat(90_000), { nil: undefined }),
      attempt: fc.integer({ min: 1, max: 10 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(given, ({ seconds, remainingMs, attempt, random }) => {
        const outcome = answer(429, { "retry-after": String(seconds) });
        const decision = decide({ outcome, remainingMs, attempt, retry: { attempts: 10 }, random: () => random });
        if (decision.action === "stop") return;
        expect(decision.waitMs).toBeGreaterThanOrEqual(seconds * 1000);
        expect(decision.waitMs).toBeLessThan(remainingMs ?? Infinity);
      }),
    );
  });
});

describe("retry.when", () => {
  const always = (verdict: RetryVerdict): RetryOptions => ({ when: () => verdict });

  it("repeats what the table would not, and stops what it would", () => {
    expect(stopped({ outcome: answer(403), retry: always("retry") })).toBe("retry");
    expect(stopped({ method: "POST", retry: always("retry") })).toBe("retry");
    expect(stopped({ outcome: failure("ERR_TLS_EXPIRED"), retry: always("retry") })).toBe("retry");
    expect(decide({ retry: always("stop") })).toEqual({ action: "stop", stopped: "when", why: "retry.when said stop" });
    expect(stopped({ retry: always(undefined) })).toBe("retry");
    expect(stopped({ method: "POST", retry: always(undefined) })).toBe("method");
  });

  it("cannot override count, body, budget, maxRetryAfter and deadline", () => {
    const retry = always("retry");
    expect(stopped({ retry, attempt: 3 })).toBe("attempts");
    expect(stopped({ retry, canReplayBody: false })).toBe("body");
    expect(stopped({ retry, budget: new RetryBudget({ capacity: 0 }) })).toBe("budget");
    expect(stopped({ retry, outcome: answer(429, { "retry-after": "300" }) })).toBe("retryAfter");
    expect(stopped({ retry, remainingMs: 1 })).toBe("deadline");
  });

  it("is not asked about successes, redirects and what the caller did", () => {
    const errors = [
      new AbortError({ code: "ERR_ABORTED", message: "no" }),
      new RequestError({ code: "ERR_INVALID_HEADER", message: "no" }),
      new RequestError({ code: "ERR_SESSION_CLOSED", message: "no" }),
    ];
    for (const outcome of [answer(200), answer(302), ...errors.map((error) => ({ error }))]) {
      expect(stopped({ outcome, retry: always("retry") })).toBe("done");
    }
    const deadline = { error: new DeadlineError({ code: "ERR_DEADLINE", message: "no" }) };
    expect(stopped({ outcome: deadline, retry: always("retry") })).toBe("deadline");
  });

  it("is not asked when the call says retry: false", () => {
    const session = resolveRetry(always("stop"));
    expect(decideRetry({ ...contextOf({}), policy: resolveRetry(false, session) })).toMatchObject({ stopped: "attempts" });
  });

  it("sees status, headers in any case and the wait that was asked for", () => {
    let seen: Failure | undefined;
    const when = (given: Failure): undefined => void (seen = given);
    decide({ attempt: 2, outcome: answer(429, { "retry-after": "7", "x-multi": ["a", "b"] }), retry: { when } });
    expect(seen).toMatchObject({ attempt: 2, method: "GET", url: "https://api.test/users", status: 429, retryAfterMs: 7000 });
    expect([seen?.header("Retry-After"), seen?.header("X-MULTI"), seen?.header("constructor")]).toEqual(["7", "a, b", undefined]);
    expect(seen).not.toHaveProperty("error");
  });

  it("sees the error when there was no answer", () => {
    let seen: Failure | undefined;
    decide({ outcome: timeout, retry: { when: (given) => void (seen = given) } });
    expect(seen?.error).toBeInstanceOf(TimeoutError);
    expect(seen?.header("retry-after")).toBeUndefined();
    expect(seen).not.toHaveProperty("status");
  });

  it.each<[unknown, string]>([
    [true, "a value of type boolean"],
    [Promise.resolve("retry"), "a promise"],
  ])("must not return %o", (verdict, shown) => {
    const retry = { when: (() => verdict) as () => RetryVerdict };
    expect(() => decide({ retry })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringContaining(shown) }),
    );
  });

  it("lets what it throws through", () => {
    const mistake = new TypeError("mine");
    const when = (): never => {
      throw mistake;
    };
    expect(() => decide({ retry: { when } })).toThrow(mistake);
  });
});

it("treats a handshake that broke off as a connection error", () => {
  const finding = { id: "handshake", summary: "reset", remedy: "none" };
  const outcome = { error: new TLSError({ code: "ERR_TLS", message: "no", finding }) };
  expect(stopped({ outcome, method: "POST", isUnprocessed: true })).toBe("retry");
});
