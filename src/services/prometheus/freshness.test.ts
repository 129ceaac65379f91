import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newestSampleAgeMs, newestTimestampQuery } from "./freshness.ts";
import type { QueryResult } from "./query-result.ts";

const result = (times: readonly number[], serverTimeMs: number | undefined): QueryResult => ({
  resultType: "matrix",
  samples: [],
  series: times.map((timestampMs) => ({
    labels: {},
    points: [
      { timestampMs: timestampMs - 500, value: 1 },
      { timestampMs, value: 1 },
    ],
  })),
  text: undefined,
  warnings: [],
  infos: [],
  serverTimeMs,
});

describe("newestSampleAgeMs", () => {
  it("takes the newest of all series, by the server's clock", () => {
    expect(newestSampleAgeMs(result([10_000, 25_000, 20_000], 60_000))).toBe(35_000);
  });

  it("is never negative, for the Date header has whole seconds", () => {
    expect(newestSampleAgeMs(result([60_700], 60_000))).toBe(0);
  });

  it("is undefined without samples or without the server's clock", () => {
    expect(newestSampleAgeMs(result([], 60_000))).toBeUndefined();
    expect(newestSampleAgeMs(result([1000], undefined))).toBeUndefined();
  });
});

describe("newestTimestampQuery", () => {
  it.each(["up", 'up{job="web"}', "job:up:sum", '{__name__="up"}', 'up{path="}",x=~\'a"b\',y=`"`,z="\\""}', " up "])(
    "takes the selector %s",
    (selector) => {
      expect(newestTimestampQuery(selector)).toBe(`max(timestamp(${selector.trim()}))`);
    },
  );

  it.each(["", "rate(up[5m])", "up[5m]", "up > 0", "sum(up)", "up)) or vector(0", 'up{job="web"} or down', "up offset 5m", 'up{a="b"'])(
    "refuses %j, whose timestamp would be that of the evaluation",
    (expression) => {
      expect(() => newestTimestampQuery(expression)).toThrow(/freshness takes a selector/);
    },
  );

  it("takes any label value that is quoted", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", '"', "'", "`", "\\", "{", "}", "[", ")", ",", "=", " ", "\n", "\0", "ü") }),
        (value) => {
          expect(newestTimestampQuery(`up{a=${JSON.stringify(value)}}`)).toContain("max(timestamp(up{a=");
        },
      ),
    );
  });
});
