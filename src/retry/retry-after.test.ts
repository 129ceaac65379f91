import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.UTC(2026, 5, 15, 12, 0, 0);

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["1000", 1_000_000],
    ["007", 7000],
    ["\t42 ", 42_000],
    ["99999999999", 99_999_999_999_000],
    ["9".repeat(400), Number.MAX_SAFE_INTEGER],
  ])("reads %j as %d ms", (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  it.each([
    ["-5"],
    ["+1"],
    ["1.5"],
    ["1.0"],
    ["0x10"],
    ["1e1"],
    ["5, 10"],
    ["5,"],
    ["5 10"],
    ["²"],
    ["٣"],
    ["garbage"],
    [""],
    [" "],
    ["5\u00a0"],
    ["Infinity"],
  ])("ignores %j instead of guessing", (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });

  it.each([["Mon, 15 Jun 2026 12:00:30 GMT"], ["Monday, 15-Jun-26 12:00:30 GMT"], ["Mon Jun 15 12:00:30 2026"]])(
    "waits until %s",
    (value) => {
      expect(parseRetryAfter(value, now)).toBe(30_000);
    },
  );

  it("takes a date in the past for now", () => {
    expect(parseRetryAfter("Mon, 15 Jun 2026 11:00:00 GMT", now)).toBe(0);
  });

  it("obeys the first of several header lines, and none when the first is malformed", () => {
    expect(parseRetryAfter(["5", "10"], now)).toBe(5000);
    expect(parseRetryAfter(["soon", "10"], now)).toBeUndefined();
    expect(parseRetryAfter([], now)).toBeUndefined();
    expect(parseRetryAfter(undefined, now)).toBeUndefined();
  });

  it("gives a whole, safe number of 0 or more, or nothing, for any text", () => {
    const likely = fc.array(fc.constantFrom("1", "0", ",", " ", ".", "-", "Mon", "GMT", ":", "Jun", "2026"), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          likely.map((parts) => parts.join("")),
        ),
        (text) => {
          const wait = parseRetryAfter(text, now);
          expect(wait === undefined || (Number.isSafeInteger(wait) && wait >= 0)).toBe(true);
        },
      ),
    );
  });

  it("accepts digits alone as seconds", () => {
    fc.assert(fc.property(fc.nat(), (seconds) => parseRetryAfter(String(seconds), now) === seconds * 1000));
  });
});
