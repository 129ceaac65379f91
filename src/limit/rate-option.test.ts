import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { parseRate } from "./rate-option.ts";

describe("parseRate", () => {
  it.each([
    ["10/s", { limit: 10, perMs: 1000, burst: 10 }],
    ["300/min", { limit: 300, perMs: 60_000, burst: 300 }],
    ["300/m", { limit: 300, perMs: 60_000, burst: 300 }],
    ["5000/h", { limit: 5000, perMs: 3_600_000, burst: 5000 }],
    ["1/d", { limit: 1, perMs: 86_400_000, burst: 1 }],
    ["100/15m", { limit: 100, perMs: 900_000, burst: 100 }],
    ["5/250ms", { limit: 5, perMs: 250, burst: 5 }],
    [
      { limit: 10, per: "1s" },
      { limit: 10, perMs: 1000, burst: 10 },
    ],
    [
      { limit: 10, per: "1m30s", burst: 1 },
      { limit: 10, perMs: 90_000, burst: 1 },
    ],
    [
      { limit: 3, per: 500 },
      { limit: 3, perMs: 500, burst: 3 },
    ],
    [
      { limit: 3, per: "1s", burst: undefined },
      { limit: 3, perMs: 1000, burst: 3 },
    ],
  ])("reads %j", (option, rate) => {
    expect(parseRate(option)).toEqual(rate);
  });

  it.each([
    ["10", /^rate: "10" is not a rate\. It takes "10\/s"/],
    ["", /^rate: "" is not a rate/],
    ["10/", /not a rate/],
    ["/s", /not a rate/],
    ["10 / s", /not a rate/],
    ["10/s\n", /not a rate/],
    ["-1/s", /not a rate/],
    ["1.5/s", /not a rate/],
    ["1e3/s", /not a rate/],
    ["10/second", /not a rate/],
    ["10/S", /not a rate/],
    ["10 per second", /not a rate/],
    ["0/s", /^rate: 0 cannot be used\. It takes a whole number above 0/],
    ["99999999999999999999/s", /^rate: 100000000000000000000 cannot be used/],
    ["10/0s", /^rate: the time must be above 0/],
    ["10/25d", /no longer than 24 days/],
    [10, /^rate: 10 is not a rate/],
    [null, /^rate: null is not a rate/],
    [["10/s"], /^rate: an array is not a rate/],
    [{}, /^rate\.per is missing/],
    [{ limit: 10 }, /^rate\.per is missing/],
    [{ per: "1s" }, /^rate\.limit: undefined cannot be used/],
    [{ limit: 0, per: "1s" }, /^rate\.limit: 0 cannot be used/],
    [{ limit: 1.5, per: "1s" }, /^rate\.limit: 1\.5 cannot be used/],
    [{ limit: "10", per: "1s" }, /^rate\.limit: "10" cannot be used/],
    [{ limit: Infinity, per: "1s" }, /^rate\.limit: Infinity cannot be used/],
    [{ limit: 10, per: "1" }, /^rate\.per: "1" cannot be used: it has no unit/],
    [{ limit: 10, per: 0 }, /^rate\.per: the time must be above 0/],
    [{ limit: 10, per: "1s", burst: 0 }, /^rate\.burst: 0 cannot be used/],
    [{ limit: 10, per: "1s", burst: null }, /^rate\.burst: null cannot be used/],
    [{ limit: 10, pre: "1s" }, /^rate\.pre is not an option\. Did you mean rate\.per\?/],
    [{ limit: 10, per: "1s", somethingElse: 1 }, /^rate\.somethingElse is not an option\. rate takes limit, per, burst/],
  ])("refuses %j, naming the option and what it takes", (option, message) => {
    expect(() => parseRate(option as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringMatching(message) }),
    );
  });

  it("takes an object's own options only", () => {
    const inherited = Object.assign(Object.create({ burst: 1, other: 2 }), { limit: 10, per: "1s" });
    expect(parseRate(inherited).burst).toBe(10);
  });

  it("reads or refuses any text, and what it reads is what was written", () => {
    const near = fc
      .tuple(fc.nat(2000), fc.constantFrom("", "2", "15"), fc.constantFrom("ms", "s", "m", "min", "h", "d", "w", ""))
      .map(([limit, count, unit]) => `${limit}/${count}${unit}`);
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        let rate;
        try {
          rate = parseRate(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          return;
        }
        expect(text.startsWith(`${rate.limit}/`) || /^0+\d/.test(text)).toBe(true);
        expect(rate.perMs).toBeGreaterThan(0);
        expect(rate.burst).toBe(rate.limit);
      }),
    );
  });
});
