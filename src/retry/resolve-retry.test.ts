import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { resolveRetry } from "./resolve-retry.ts";
import { defaultRetryPolicy, type RetryOptions } from "./retry-policy.ts";

describe("resolveRetry", () => {
  it("gives the default policy when nothing is said", () => {
    expect(resolveRetry(undefined)).toBe(defaultRetryPolicy);
    expect(defaultRetryPolicy).toMatchObject({ attempts: 3, maxBackoffMs: 20_000, maxRetryAfterMs: 60_000 });
    expect(defaultRetryPolicy.methods).toEqual(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
  });

  it("changes only what the call names and keeps the rest of the session's", () => {
    const when = (): "stop" => "stop";
    const session = resolveRetry({ attempts: 5, backoff: "2s", statuses: [500], when });
    expect(resolveRetry({ methods: ["post"] }, session)).toEqual({ ...session, methods: ["POST"] });
    expect(resolveRetry(undefined, session)).toBe(session);
    expect(resolveRetry({ attempts: undefined }, session)).toEqual(session);
  });

  it("makes one attempt for false, and an object on a call turns retries on again", () => {
    const off = resolveRetry(false, resolveRetry({ attempts: 7, backoff: 10 }));
    expect(off).toMatchObject({ isOff: true, attempts: 1 });
    expect(resolveRetry({}, off)).toMatchObject({ isOff: false, attempts: 3, backoffMs: 10 });
    expect(resolveRetry({ attempts: 2 }, off)).toMatchObject({ isOff: false, attempts: 2 });
  });

  it("raises the cap to a longer backoff, but not over a cap that was given with it", () => {
    expect(resolveRetry({ backoff: "30s" }).maxBackoffMs).toBe(30_000);
    expect(resolveRetry({ backoff: "1s" }).maxBackoffMs).toBe(20_000);
    expect(resolveRetry({ backoff: "1s", maxBackoff: "5s" }).maxBackoffMs).toBe(5000);
    expect(() => resolveRetry({ backoff: "30s", maxBackoff: "5s" })).toThrow("retry.maxBackoff (5 s) is shorter than retry.backoff (30 s)");
  });

  it("freezes the policy and copies the arrays", () => {
    const statuses = [503, 503];
    const policy = resolveRetry({ statuses, methods: ["get", "GET"] });
    statuses.push(404);
    expect(policy.statuses).toEqual([503]);
    expect(policy.methods).toEqual(["GET"]);
    expect(
      [policy, policy.statuses, policy.methods, resolveRetry(false), defaultRetryPolicy, defaultRetryPolicy.methods].every(Object.isFrozen),
    ).toBe(true);
  });

  it.each<[unknown, string]>([
    [{ limit: 3 }, "retry.limit is not an option. retry takes attempts, backoff"],
    [JSON.parse('{"__proto__": {"attempts": 9}}'), "retry.__proto__ is not an option"],
    [{ attempts: 0 }, "retry.attempts: 0"],
    [{ attempts: 101 }, "from 1 (no retry) to 100"],
    [{ attempts: 1.5 }, "retry.attempts: 1.5"],
    [{ attempts: "3" }, 'retry.attempts: "3"'],
    [{ attempts: null }, "retry.attempts: null"],
    [{ backoff: "2" }, 'retry.backoff: "2"'],
    [{ backoff: null }, "retry.backoff: null"],
    [{ maxBackoff: -1 }, "retry.maxBackoff: -1"],
    [{ maxRetryAfter: Infinity }, "retry.maxRetryAfter: Infinity"],
    [{ methods: "GET" }, 'retry.methods: "GET"'],
    [{ methods: ["GET "] }, 'retry.methods: "GET "'],
    [{ methods: [""] }, 'retry.methods: ""'],
    [{ methods: [7] }, "retry.methods: 7"],
    [{ statuses: 503 }, "retry.statuses: 503"],
    [{ statuses: [503, 399] }, "retry.statuses: 399"],
    [{ statuses: [600] }, "from 400 to 599"],
    [{ statuses: ["503"] }, 'retry.statuses: "503"'],
    [{ statuses: [undefined] }, "retry.statuses: a value of type undefined"],
    [{ when: "retry" }, 'retry.when: "retry"'],
    [3, "retry takes false or an object"],
    [true, "retry takes false or an object"],
    [null, "retry takes false or an object"],
    [[], "retry takes false or an object"],
  ])("refuses %j", (retry, message) => {
    expect(() => resolveRetry(retry as RetryOptions)).toThrow(InvalidRequestError);
    expect(() => resolveRetry(retry as RetryOptions)).toThrow(message);
  });

  it("does not read options that somebody put on Object.prototype", () => {
    Reflect.set(Object.prototype, "attempts", 99);
    try {
      expect(resolveRetry({}).attempts).toBe(3);
    } finally {
      Reflect.deleteProperty(Object.prototype, "attempts");
    }
  });
});
