import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { durationMs, formatDuration } from "./duration.ts";

describe("durationMs", () => {
  it.each([
    ["250ms", 250],
    ["10s", 10_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["2m250ms", 120_250],
    ["1.5s", 1500],
    ["0s", 0],
    [250, 250],
    [0, 0],
    [0.5, 0.5],
  ])("reads %j as %d ms", (value, ms) => {
    expect(durationMs(value, "timeout")).toBe(ms);
  });

  it.each([
    ["10", "no unit"],
    ["1.5", "no unit"],
    ["10 s", "blanks"],
    [" 10s", "blanks"],
    ["10s\n", "blanks"],
    ["", "not a duration"],
    ["s", "not a duration"],
    ["10S", "not a duration"],
    ["10sec", "not a duration"],
    ["-5s", "not a duration"],
    ["+5s", "not a duration"],
    ["1e3ms", "not a duration"],
    ["0x10s", "not a duration"],
    ["30m1h", "not a duration"],
    ["1s1s", "not a duration"],
    ["1.5h30m", "not a duration"],
    [".5s", "not a duration"],
    ["٣s", "not a duration"],
    [-1, "negative"],
    [Number.NaN, "not a duration"],
    [Infinity, "the longest is"],
    ["25d", "the longest is"],
    [`${"9".repeat(400)}s`, "the longest is"],
  ])("refuses %j and names the option and what it takes", (value, problem) => {
    expect(() => durationMs(value, "retry.backoff")).toThrow(InvalidRequestError);
    expect(() => durationMs(value, "retry.backoff")).toThrow(/^retry\.backoff: .*"1h30m"$/);
    expect(() => durationMs(value, "retry.backoff")).toThrow(problem);
  });

  it.each([[null], [true], [["10s"]], [{}], [10n]])("refuses %o, which is neither number nor string", (value) => {
    expect(() => durationMs(value as never, "timeout")).toThrow(expect.objectContaining({ code: "ERR_INVALID_OPTION" }));
  });

  it("refuses what Node's timers cannot wait unless the caller has other means", () => {
    expect(durationMs(2_147_483_647, "deadline")).toBe(2_147_483_647);
    expect(() => durationMs(2_147_483_648, "deadline")).toThrow("24 d 21 h");
    expect(durationMs("30d", "sleep", { maxMs: Infinity })).toBe(30 * 86_400_000);
    expect(() => durationMs("11s", "wait", { maxMs: 10_000 })).toThrow("the longest is 10 s");
  });

  it("shows no more than the beginning of a wrong value", () => {
    expect(() => durationMs("x".repeat(5000), "timeout")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("x".repeat(41)) }),
    );
  });

  it("gives a whole number of 0 or more, or a typed error, for any string", () => {
    const fragments = fc.array(fc.constantFrom("1", "30", "0", ".", "ms", "s", "m", "h", "d", "-", " ", "e"), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fragments.map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            const ms = durationMs(text, "timeout");
            expect(Number.isSafeInteger(ms) && ms >= 0).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidRequestError);
          }
        },
      ),
    );
  });

  it("adds up the parts of a compound string", () => {
    const part = fc.option(fc.nat(23), { nil: undefined });
    fc.assert(
      fc.property(fc.tuple(part, part, part, part), ([h, m, s, ms]) => {
        const write = (amount: number | undefined, unit: string): string => (amount === undefined ? "" : `${amount}${unit}`);
        const text = write(h, "h") + write(m, "m") + write(s, "s") + write(ms, "ms");
        fc.pre(text !== "");
        expect(durationMs(text, "timeout")).toBe((h ?? 0) * 3_600_000 + (m ?? 0) * 60_000 + (s ?? 0) * 1000 + (ms ?? 0));
      }),
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [-5, "0 ms"],
    [850, "850 ms"],
    [999.6, "1 s"],
    [1000, "1 s"],
    [4234, "4.2 s"],
    [59_960, "60 s"],
    [60_000, "60 s"],
    [61_000, "1 min 1 s"],
    [119_700, "2 min"],
    [125_000, "2 min 5 s"],
    [300_000, "5 min"],
    [5_400_000, "1 h 30 min"],
    [7_199_999, "2 h"],
    [97_200_000, "1 d 3 h"],
    [99_999_999_999_000, "1157407 d 10 h"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("stays within 2 % of the duration it is given", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), (ms) => {
        const units: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
        let readMs = 0;
        for (const [, amount, unit] of formatDuration(ms).matchAll(/([\d.]+) (\w+)/g)) readMs += Number(amount) * units[unit!]!;
        expect(Math.abs(readMs - ms)).toBeLessThanOrEqual(Math.max(50, ms * 0.021));
      }),
    );
  });
});
