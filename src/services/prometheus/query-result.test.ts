import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnexpectedShape } from "./answer-shape.ts";
import { readQueryResult, type QueryResult } from "./query-result.ts";

const read = (data: unknown): QueryResult => readQueryResult({ data, warnings: [], infos: [], serverTimeMs: undefined });

describe("readQueryResult", () => {
  it("reads a vector, with values in Prometheus' text form and times in milliseconds", () => {
    const metric = { __name__: "up", job: "web" };
    expect(read({ resultType: "vector", result: [{ metric, value: [1_795_342_052.247, "+Inf"] }] }).samples).toEqual([
      { labels: metric, value: Infinity, timestampMs: 1_795_342_052_247 },
    ]);
  });

  it("reads a scalar as one sample without labels", () => {
    expect(read({ resultType: "scalar", result: [1, "0.5"] }).samples).toEqual([{ labels: {}, value: 0.5, timestampMs: 1000 }]);
  });

  it("reads a string", () => {
    expect(read({ resultType: "string", result: [1, "text"] })).toMatchObject({ text: "text", samples: [] });
  });

  it("reads a matrix, which an instant query of a range gives too", () => {
    const result = [
      {
        metric: { a: "b" },
        values: [
          [1, "1"],
          [2.5, "NaN"],
        ],
      },
    ];
    expect(read({ resultType: "matrix", result }).series).toEqual([
      {
        labels: { a: "b" },
        points: [
          { timestampMs: 1000, value: 1 },
          { timestampMs: 2500, value: Number.NaN },
        ],
      },
    ]);
  });

  it("keeps a label named __proto__ a label", () => {
    const sample: unknown = JSON.parse('{"resultType":"vector","result":[{"metric":{"__proto__":"x"},"value":[1,"1"]}]}');
    expect(Object.entries(read(sample).samples[0]?.labels ?? {})).toEqual([["__proto__", "x"]]);
  });

  it.each([
    ["no object", [], "data is a list where an object was expected"],
    ["an unknown type", { resultType: "streams", result: [] }, 'data.resultType is "streams"'],
    ["no type", { result: [] }, "data.resultType is missing"],
    ["no list", { resultType: "vector", result: {} }, "data.result is of type object where a list was expected"],
    ["no metric", { resultType: "vector", result: [{ value: [1, "1"] }] }, "data.result[0].metric is missing where an object was expected"],
    [
      "a label that is no text",
      { resultType: "vector", result: [{ metric: { a: 1 }, value: [1, "1"] }] },
      "data.result[0].metric has a value that is no text",
    ],
    [
      "a value that is a number",
      { resultType: "vector", result: [{ metric: {}, value: [1, 1] }] },
      "data.result[0].value[1] is of type number where a text was expected",
    ],
    ["a value that is no number", { resultType: "scalar", result: [1, "one"] }, "data.result[1] is no sample value"],
    ["a time that is text", { resultType: "scalar", result: ["1", "1"] }, "data.result[0] is no time"],
  ])("refuses %s and says where", (_name, data, message) => {
    expect(() => read(data)).toThrow(message);
  });

  it("names the series that is a native histogram, and what makes a number of it", () => {
    const result = [{ metric: { __name__: "latency", job: "web" }, histogram: [1, {}] }];
    expect(() => read({ resultType: "vector", result })).toThrow(
      'latency{job="web"} is a native histogram, not a number; use histogram_count()',
    );
  });

  it("gives a result or an UnexpectedShape for any JSON", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.tuple(fc.double(), fc.string()),
      fc.array(fc.record({ metric: fc.jsonValue(), value: fc.jsonValue(), values: fc.jsonValue() })),
    );
    const data = fc.oneof(
      fc.jsonValue(),
      fc.record({ resultType: fc.constantFrom("vector", "scalar", "string", "matrix", "x"), result: value }),
    );
    fc.assert(
      fc.property(data, (json) => {
        try {
          for (const sample of read(json).samples) expect(typeof sample.value).toBe("number");
        } catch (error) {
          expect(error).toBeInstanceOf(UnexpectedShape);
        }
      }),
    );
  });
});
