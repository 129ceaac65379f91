import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRateLimit } from "./rate-limit.ts";

const now = Date.UTC(2026, 5, 15, 12, 0, 0);
const in30s = now / 1000 + 30;

describe("parseRateLimit", () => {
  it("reads the IETF fields and finds the limit in the policy of the same name", () => {
    const headers = {
      ratelimit: '"default";r=50;t=30',
      "ratelimit-policy": '"burst";q=9;w=1, "default";q=100;w=60;qu="requests";pk=:aGk=:',
    };
    expect(parseRateLimit(headers, now)).toEqual({ limit: 100, remaining: 50, resetMs: 30_000, policy: "default" });
  });

  it("reports the policy that leaves the least, and of equals the one that lasts longer", () => {
    expect(parseRateLimit({ ratelimit: '"day";r=500;t=3600, "burst";r=0;t=5' }, now)).toEqual({
      remaining: 0,
      resetMs: 5000,
      policy: "burst",
    });
    expect(parseRateLimit({ ratelimit: ['"burst";r=0;t=5', '"day";r=0;t=3600'] }, now)).toMatchObject({
      resetMs: 3_600_000,
      policy: "day",
    });
  });

  it("reads the dictionary form of the earlier draft", () => {
    const headers = { ratelimit: "limit=100, remaining=50, reset=30", "ratelimit-policy": "100;w=60" };
    expect(parseRateLimit(headers, now)).toEqual({ limit: 100, remaining: 50, resetMs: 30_000 });
  });

  it("reads a policy that stands alone", () => {
    expect(parseRateLimit({ "ratelimit-policy": '"default";q=100;w=60' }, now)).toEqual({ limit: 100, policy: "default" });
  });

  it.each([
    ["ratelimit-", "30", "delta seconds"],
    ["ratelimit-", String(in30s), "GitLab's epoch seconds"],
    ["x-ratelimit-", String(in30s), "GitHub's epoch seconds"],
    ["x-ratelimit-", `${in30s}.000`, "Discord's epoch seconds with a fraction"],
    ["x-ratelimit-", String(in30s * 1000), "epoch milliseconds"],
    ["x-ratelimit-", "30", "delta seconds"],
    ["x-rate-limit-", String(in30s), "Okta's spelling"],
  ])("reads %sreset: %s as a wait of 30 s (%s)", (prefix, reset) => {
    const headers = { [`${prefix}limit`]: "60", [`${prefix}remaining`]: "0", [`${prefix}reset`]: reset };
    expect(parseRateLimit(headers, now)).toEqual({ limit: 60, remaining: 0, resetMs: 30_000 });
  });

  it("takes a reset in the past for now", () => {
    expect(parseRateLimit({ "x-ratelimit-reset": String(in30s - 3600) }, now)).toEqual({ resetMs: 0 });
  });

  it("reads a limit that is followed by its windows, and a remaining with a fraction", () => {
    expect(parseRateLimit({ "ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "598.0" }, now)).toEqual({
      limit: 100,
      remaining: 598,
    });
  });

  it("prefers the IETF field to the older ones, and falls back to them when it is malformed", () => {
    const older = { "x-ratelimit-remaining": "7" };
    expect(parseRateLimit({ ratelimit: '"default";r=1', ...older }, now)).toEqual({ remaining: 1, policy: "default" });
    expect(parseRateLimit({ ratelimit: '"default";r=-1', ...older }, now)).toEqual({ remaining: 7 });
  });

  it.each([
    [{ ratelimit: '"default"' }],
    [{ ratelimit: '"default";r=1;t=-5' }],
    [{ ratelimit: '"default";r=1, "other";r=x' }],
    [{ ratelimit: "remaining=1.5" }],
    [{ "ratelimit-policy": '"default";w=60' }],
    [{ "x-ratelimit-remaining": "-1" }],
    [{ "x-ratelimit-remaining": "5, 10" }],
    [{ "x-ratelimit-reset": "soon" }],
    [{ "x-ratelimit-reset": "0x10" }],
    [{ "x-ratelimit-reset": "1e1" }],
    [{ "retry-after": "5" }],
    [{}],
  ])("ignores %j", (headers) => {
    expect(parseRateLimit(headers, now)).toBeUndefined();
  });

  it("does not read headers that somebody put on Object.prototype", () => {
    const headers: object = Object.create({ "x-ratelimit-remaining": "0" });
    expect(parseRateLimit(headers as Record<string, string>, now)).toBeUndefined();
  });

  it("gives only numbers of 0 or more, whatever the fields say", () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.constantFrom('"a";r=1;t=2', "limit=1, remaining=0, reset=5"),
    );
    const names = fc.constantFrom(
      "ratelimit",
      "ratelimit-policy",
      "ratelimit-reset",
      "ratelimit-remaining",
      "x-ratelimit-reset",
      "x-ratelimit-limit",
    );
    fc.assert(
      fc.property(fc.dictionary(names, value), (headers) => {
        const { limit = 0, remaining = 0, resetMs = 0 } = parseRateLimit(headers, now) ?? {};
        for (const number of [limit, remaining, resetMs]) expect(Number.isFinite(number) && number >= 0).toBe(true);
      }),
    );
  });
});
