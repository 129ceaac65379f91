import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration, parseTime, rangeTimes } from "./parameters.ts";

describe("parseTime", () => {
  it.each([
    ["1.23456789", 1.235],
    ["-1", -1],
    ["1.5e9", 1_500_000_000],
    ["2030-01-01T00:00:00.1234+01:00", 1_893_452_400.123],
    ["2030-01-01T00:00:00Z", 1_893_456_000],
    ["2030-01-01", undefined],
    ["yesterday", undefined],
    ["", undefined],
    ["0x10", undefined],
  ])("reads %s", (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  it("reads back what Date writes", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }), (date) => {
        expect(parseTime(date.toISOString())).toBe(date.getTime() / 1000);
      }),
    );
  });
});

describe("parseDuration", () => {
  it.each([
    ["1m", 60],
    ["1h30m", 5400],
    ["1d2h3m4s5ms", 93_784.005],
    ["1.5", 1.5],
    ["30m1h", undefined],
    ["1.5h", undefined],
    ["", undefined],
    ["h", undefined],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});

describe("rangeTimes", () => {
  const times = (start: string, end: string, step: string): number[] => rangeTimes(new URLSearchParams({ start, end, step }));

  it("steps from the start up to the end", () => {
    expect(times("0.5", "2", "1")).toEqual([0.5, 1.5]);
    expect(times("0", "0.3", "0.1")).toEqual([0, 0.1, 0.2]);
    expect(times("0", "120", "1m")).toEqual([0, 60, 120]);
  });

  it("allows 11,001 points and no more", () => {
    expect(times("0", "11000", "1")).toHaveLength(11_001);
    expect(() => times("0", "11001", "1")).toThrow("exceeded maximum resolution of 11,000 points per timeseries");
  });
});
