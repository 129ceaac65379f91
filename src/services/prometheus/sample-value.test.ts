import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSampleValue } from "./sample-value.ts";

describe("parseSampleValue", () => {
  it.each([
    ["NaN", Number.NaN],
    ["+Inf", Infinity],
    ["Inf", Infinity],
    ["-Inf", -Infinity],
    ["1e+00", 1],
    ["2.5e-07", 2.5e-7],
    ["0.3333333333333333", 1 / 3],
    ["-0", -0],
    ["100000000000000000000", 1e20],
  ])("reads %s", (text, value) => {
    expect(parseSampleValue(text)).toBe(value);
  });

  it.each(["", " 1", "1 ", "0x10", "1_000", "1,5", "Infinity", "-NaN", "nan", "1e", "e5", ".", "+", "true", "1n"])("refuses %j", (text) => {
    expect(parseSampleValue(text)).toBeUndefined();
  });

  it("reads every number in the forms that Prometheus writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseSampleValue(Object.is(value, -0) ? "-0" : String(value))).toBe(value);
        expect(parseSampleValue(value.toExponential())).toBe(Object.is(value, -0) ? 0 : value);
      }),
    );
  });

  it("never makes a number of a text that is none", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = parseSampleValue(text);
        if (value !== undefined && Number.isFinite(value)) expect(Number(text)).toBe(value);
      }),
    );
  });
});
