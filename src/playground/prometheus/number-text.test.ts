import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExponent, formatSample, formatValue } from "./number-text.ts";

describe("formatValue", () => {
  it.each([
    [1, "1"],
    [0.1 + 0.2, "0.30000000000000004"],
    [1e21, "1000000000000000000000"],
    [1.5e-7, "0.00000015"],
    [-1.5e-7, "-0.00000015"],
    [-1e300, `-1${"0".repeat(300)}`],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ])("writes %d as Go's 'f' format does", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it("loses nothing and never uses an exponent", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatValue(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value);
      }),
    );
  });
});

describe("formatSample", () => {
  it("has an exponent for the very small and the very large alone", () => {
    const values = [0, -0, 1e-6, 9.9e-7, -1.5e-7, 1e20, 1e21, Infinity, Number.NaN];
    expect(values.map(formatSample)).toEqual([
      "0",
      "-0",
      "0.000001",
      "9.9e-07",
      "-1.5e-07",
      "100000000000000000000",
      "1e+21",
      "+Inf",
      "NaN",
    ]);
  });
});

describe("formatExponent", () => {
  it("has two digits in the exponent", () => {
    expect([1, 0.00025, 1e100, Number.NaN].map(formatExponent)).toEqual(["1e+00", "2.5e-04", "1e+100", "NaN"]);
  });
});
