import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QueryResult, Sample } from "./query-result.ts";
import { singleValue, type SeriesMode } from "./single-value.ts";

const sample = (value: number, index = 0): Sample => ({ labels: { instance: String(index) }, value, timestampMs: 1_900_000_000_000 });
const result = (values: readonly number[], more: Partial<QueryResult> = {}): QueryResult => ({
  resultType: "vector",
  samples: values.map(sample),
  series: [],
  text: undefined,
  warnings: [],
  infos: [],
  serverTimeMs: undefined,
  ...more,
});

describe("singleValue", () => {
  it("gives the value of the one series, zero and infinities too", () => {
    expect(singleValue(result([0]))).toMatchObject({ kind: "value", value: 0 });
    expect(singleValue(result([Infinity]))).toMatchObject({ kind: "value", value: Infinity });
    expect(singleValue(result([3], { resultType: "scalar" }))).toMatchObject({ kind: "value", value: 3 });
  });

  it("calls an empty vector and NaN no data, not 0", () => {
    expect(singleValue(result([]))).toEqual({ kind: "noData", why: "empty" });
    expect(singleValue(result([Number.NaN]))).toEqual({ kind: "noData", why: "NaN" });
    for (const series of ["any", "all", "max", "min"] as const) {
      expect(singleValue(result([]), { series })).toEqual({ kind: "noData", why: "empty" });
      expect(singleValue(result([Number.NaN, Number.NaN]), { series })).toEqual({ kind: "noData", why: "NaN" });
    }
  });

  it("calls several series ambiguous unless an aggregation is named, whatever their values", () => {
    expect(singleValue(result([1, 2]))).toMatchObject({ kind: "ambiguous", count: 2, samples: [{ value: 1 }, { value: 2 }] });
    expect(singleValue(result([Number.NaN, 1]), { series: "one" })).toMatchObject({ kind: "ambiguous", count: 2 });
  });

  it("picks the largest and the smallest, past NaN", () => {
    expect(singleValue(result([1, Number.NaN, 5, -2]), { series: "max" })).toMatchObject({
      value: 5,
      sample: { labels: { instance: "2" } },
    });
    expect(singleValue(result([1, Number.NaN, 5, -Infinity]), { series: "min" })).toMatchObject({ kind: "value", value: -Infinity });
  });

  it("gives the values of any and all; a NaN spoils all", () => {
    expect(singleValue(result([1, Number.NaN, 5]), { series: "any" })).toMatchObject({ kind: "values", values: [1, 5] });
    expect(singleValue(result([1, 5]), { series: "all" })).toMatchObject({ kind: "values", values: [1, 5] });
    expect(singleValue(result([1, Number.NaN, 5]), { series: "all" })).toEqual({ kind: "noData", why: "NaN" });
  });

  it("refuses what holds no numbers of one moment", () => {
    expect(singleValue(result([], { resultType: "matrix", series: [{ labels: {}, points: [{ timestampMs: 0, value: 1 }] }] }))).toEqual({
      kind: "wrongType",
      resultType: "matrix",
    });
    expect(singleValue(result([], { resultType: "string", text: "s" }))).toEqual({ kind: "wrongType", resultType: "string" });
  });

  it("never gives NaN as a value", () => {
    const values = fc.array(fc.oneof(fc.constant(Number.NaN), fc.double()));
    fc.assert(
      fc.property(values, fc.constantFrom<SeriesMode>("one", "any", "all", "max", "min"), (numbers, series) => {
        const single = singleValue(result(numbers), { series });
        if (single.kind === "value") expect(single.value).not.toBeNaN();
        if (single.kind === "values") {
          expect(single.values.length).toBeGreaterThan(0);
          expect(single.values.some(Number.isNaN)).toBe(false);
        }
      }),
    );
  });
});
