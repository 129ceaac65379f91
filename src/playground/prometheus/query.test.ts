import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../../test/property-runs.ts";
import { QueryError, UnsupportedError } from "./query-error.ts";
import { queryInstant, queryRange } from "./query.ts";
import { Scenario, type PrometheusScenario, type ScriptedResult } from "./scenario.ts";

const TIME = 1_900_000_000.5;

const scenario = (script: PrometheusScenario): Scenario => {
  const made = new Scenario();
  for (const [expression, value] of Object.entries(script)) made.set(expression, value);
  return made;
};

const web = scenario({
  'up{job="web",instance="a"}': 1,
  'up{job="web",instance="b"}': 0,
  'up{job="db",instance="c"}': 1,
  'requests_total{job="web",code="500"}': 5,
  'requests_total{job="web",code="200"}': 95,
  'odd{x="nan"}': Number.NaN,
  'odd{x="two"}': 2,
});

/** The result in one line: labels and values. */
const ask = (expression: string, source = web): unknown => {
  const { data } = queryInstant(source, expression, TIME);
  if (data.resultType !== "vector") return [data.resultType, data.result];
  return (data.result as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => {
    const { __name__: name = "", ...labels } = metric;
    return `${name}{${Object.values(labels).sort().join(",")}} ${value[1]}`;
  });
};

const failure = (expression: string): string => {
  try {
    return JSON.stringify(ask(expression));
  } catch (error) {
    if (error instanceof QueryError) return error.message.replace('invalid parameter "query": ', "");
    throw error;
  }
};

describe("selectors", () => {
  it.each([
    ["up", ["up{a,web} 1", "up{b,web} 0", "up{c,db} 1"]],
    ['up{job="web"}', ["up{a,web} 1", "up{b,web} 0"]],
    ['up{job!="web"}', ["up{c,db} 1"]],
    ['up{job=~"w.*",instance!~"b"}', ["up{a,web} 1"]],
    ['up{job=~"w"}', []],
    ['up{missing=""}', ["up{a,web} 1", "up{b,web} 0", "up{c,db} 1"]],
    ["up{job='db',}", ["up{c,db} 1"]],
    ["up{job=`db`}", ["up{c,db} 1"]],
    ['{__name__="up",instance="a"}', ["up{a,web} 1"]],
    ["up {} # comment", ["up{a,web} 1", "up{b,web} 0", "up{c,db} 1"]],
    ["unknown_metric", []],
    ["sum", []],
  ])("selects %s", (expression, result) => {
    expect(ask(expression)).toEqual(result);
  });
});

describe("scalars", () => {
  it.each([
    ["2 ^ 3 ^ 2", "512"],
    ["-2 ^ 2", "-4"],
    ["2 ^ -1", "0.5"],
    ["1 - -1", "2"],
    ["-5 % 3", "-2"],
    ["2 + 3 * 4 - 1", "13"],
    ["(2 + 3) * 4", "20"],
    ["8 / 4 / 2", "1"],
    ["1/0", "+Inf"],
    ["0/0", "NaN"],
    ["-Inf", "-Inf"],
    ["nan", "NaN"],
    ["0x1f", "31"],
    [".5", "0.5"],
    ["1 > bool 2", "0"],
    ["time()", "1900000000.5"],
    ['scalar(up{instance="a"})', "1"],
    ["scalar(up)", "NaN"],
  ])("computes %s", (expression, value) => {
    expect(ask(expression)).toEqual(["scalar", [TIME, value]]);
  });

  it("gives strings back", () => {
    expect(ask(String.raw`"a\"\n"`)).toEqual(["string", [TIME, 'a"\n']]);
  });

  it("computes what JavaScript computes, with the same precedence", () => {
    const number = fc.integer({ min: 0, max: 99 }).map(String);
    const expression = fc
      .array(fc.tuple(fc.constantFrom("+", "-", "*", "/"), number), { maxLength: 6 })
      .chain((rest) => number.map((first) => [first, ...rest.flat()].join(" ")));
    fc.assert(
      fc.property(expression, (text) => {
        const expected = Number(runInNewContext(text));
        const [, [, value]] = ask(text) as [string, [number, string]];
        expect(Number(value.replace("+Inf", "Infinity").replace("-Inf", "-Infinity"))).toBe(expected);
      }),
    );
  });
});

describe("operators on vectors", () => {
  it.each([
    ["up == 0", ["up{b,web} 0"]],
    ["0 == up", ["up{b,web} 0"]],
    ["up == bool 0", ["{a,web} 0", "{b,web} 1", "{c,db} 0"]],
    ['up{job="web"} * 2', ["{a,web} 2", "{b,web} 0"]],
    ['-up{job="db"}', ["{c,db} -1"]],
    ['+up{job="db"}', ["up{c,db} 1"]],
    ['10 - up{job="db"}', ["{c,db} 9"]],
    ["up + up", ["{a,web} 2", "{b,web} 0", "{c,db} 2"]],
    ["up == up", ["up{a,web} 1", "up{b,web} 0", "up{c,db} 1"]],
    ["up + requests_total", []],
    ['up and up{job="db"}', ["up{c,db} 1"]],
    ['up unless up{job="web"}', ["up{c,db} 1"]],
    ['up{job="db"} or vector(7)', ["up{c,db} 1", "{} 7"]],
    ["odd > 0", ["odd{two} 2"]],
    ["time() - timestamp(odd)", ["{nan} 0", "{two} 0"]],
  ])("computes %s", (expression, result) => {
    expect(ask(expression)).toEqual(result);
  });
});

describe("aggregations and functions", () => {
  it.each([
    ["sum(up)", ["{} 2"]],
    ["sum by (job) (up)", ["{web} 1", "{db} 1"]],
    ["sum(up) by (job, nothing)", ["{web} 1", "{db} 1"]],
    ["count without (instance) (up)", ["{web} 2", "{db} 1"]],
    ["max(odd)", ["{} 2"]],
    ["min(odd)", ["{} 2"]],
    ["avg(requests_total)", ["{} 50"]],
    ["sum(odd)", ["{} NaN"]],
    ["count(unknown)", []],
    ['sum(requests_total{code="500"}) / sum(requests_total) < bool 0.1', ["{} 1"]],
    ["absent(up)", []],
    ['absent(unknown{a="b",c=~"d"})', ["{b} 1"]],
    ["vector(3)", ["{} 3"]],
  ])("computes %s", (expression, result) => {
    expect(ask(expression)).toEqual(result);
  });
});

/** Expressions and the messages of Prometheus 2.42 itself. */
const REFUSED: readonly (readonly [expression: string, message: string])[] = [
  ["", "1:1: parse error: no expression found in input"],
  ["1+", "1:3: parse error: unexpected end of input"],
  ["1 +", "1:4: parse error: unexpected end of input"],
  ["sum(", "1:5: parse error: unclosed left parenthesis"],
  ["(1", "1:3: parse error: unclosed left parenthesis"],
  ["up)", "1:4: parse error: unexpected right parenthesis ')'"],
  [")", "1:2: parse error: unexpected right parenthesis ')'"],
  ["up{", "1:4: parse error: unexpected end of input inside braces"],
  ['up{job="self"', "1:14: parse error: unexpected end of input inside braces"],
  ['up{job="self', "1:8: parse error: unterminated quoted string"],
  ['"abc', "1:1: parse error: unterminated quoted string"],
  ["up{a=b}", '1:6: parse error: unexpected identifier "b" in label matching, expected string'],
  ["up{job}", '1:7: parse error: unexpected "}" in label matching, expected label matching operator'],
  ['up{a=="b"}', '1:6: parse error: unexpected "=" in label matching, expected string'],
  ['up{1="b"}', "1:4: parse error: unexpected character inside braces: '1'"],
  ["foo bar", '1:5: parse error: unexpected identifier "bar"'],
  ["1 2", '1:3: parse error: unexpected number "2"'],
  ["==1", "1:1: parse error: unexpected <op:==>"],
  ["bool", "1:1: parse error: unexpected <bool>"],
  ["up > bool bool 1", "1:11: parse error: unexpected <bool>"],
  ["1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
  ["up +bool 1", "1:4: parse error: bool modifier can only be used on comparison operators"],
  ["up and 1", '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
  ['up + "a"', "1:6: parse error: binary expression must contain only scalar and instant vector types"],
  ["$x", "1:1: parse error: unexpected character: '$'"],
  ["é", "1:1: parse error: unexpected character: 'é'"],
  ["up == \n$", "2:1: parse error: unexpected character: '$'"],
  ["up & 1", "1:4: parse error: unexpected character: '&'"],
  ["up ! 1", "1:4: parse error: unexpected character after '!': ' '"],
  ["up = 1", '1:4: parse error: unexpected "="'],
  ["up =~ 1", "1:4: parse error: unexpected character after '=': '~'"],
  ["1_000", '1:1: parse error: bad number or duration syntax: "1"'],
  ["{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ['{a=""}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ["nofn(up)", '1:1: parse error: unknown function with name "nofn"'],
  ["time(1)", '1:1: parse error: expected 0 argument(s) in call to "time", got 1'],
  ["vector(up)", '1:8: parse error: expected type scalar in call to function "vector", got instant vector'],
  ["scalar(1)", '1:8: parse error: expected type instant vector in call to function "scalar", got scalar'],
  ["sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"],
  ["sum()", "1:1: parse error: no arguments for aggregate expression provided"],
  ["up[5m", "1:6: parse error: unclosed left bracket"],
  ["rate(up[5m]", "1:12: parse error: unclosed left parenthesis"],
];

describe("refused expressions", () => {
  it.each(REFUSED)("refuses %j as Prometheus does", (expression, message) => {
    expect(failure(expression)).toBe(message);
  });

  it("refuses ambiguous matches as execution errors", () => {
    const twins = scenario({ 'a{x="1"}': 1, 'b{x="1"}': 2 });
    const both = '{x="1"}';
    expect(() => ask(`${both} + a`, twins)).toThrow(
      "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
    );
    expect(() => ask(`a + ${both}`, twins)).toThrow(
      'found duplicate series for the match group {x="1"} on the right hand-side of the operation: [{__name__="a", x="1"}, {__name__="b", x="1"}];many-to-many matching not allowed',
    );
  });

  it.each([
    "rate(up[5m])",
    "up[5m]",
    "up offset 5m",
    "up @ 0",
    "histogram_quantile(0.9, up)",
    "topk(1, up)",
    "up * on(job) up",
    "quantile by (job) (0.5, up)",
  ])("says that %s is beyond it, instead of finding no data", (expression) => {
    expect(() => ask(expression)).toThrow(UnsupportedError);
  });

  it("never fails in another way, whatever the text", () => {
    const piece = fc.constantFrom(
      "up",
      "sum",
      "(",
      ")",
      "{",
      "}",
      "job",
      "=",
      '"web"',
      "==",
      "+",
      "-",
      "bool",
      "and",
      "by",
      ",",
      "1",
      "[5m]",
      "time()",
      " ",
      "$",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          ask(pieces.join(" "));
        } catch (error) {
          expect(error instanceof QueryError || error instanceof UnsupportedError).toBe(true);
        }
      }),
      { numRuns: timesTheRuns(5) },
    );
  });
});

describe("scripted expressions", () => {
  it("are found whatever their blanks, but not across quotes or words", () => {
    const scripted = scenario({ 'sum( rate(requests_total{code=~"5.. "}[5m]) ) > 1': 3 });
    expect(ask('sum(rate(requests_total{code=~"5.. "}[5m]))>1', scripted)).toEqual(["{} 3"]);
    expect(() => ask('sum(rate(requests_total{code=~"5.."}[5m]))>1', scripted)).toThrow(UnsupportedError);
    expect(() => ask("a bc", scenario({ abc: [], "ab c": 1 }))).toThrow("unexpected identifier");
  });

  it.each<[string, ScriptedResult, unknown]>([
    ["a number", 0.2, ["{} 0.2"]],
    ["NaN", Number.NaN, ["{} NaN"]],
    ["infinity", Infinity, ["{} +Inf"]],
    ["a vector", [{ labels: { __name__: "m", a: "b" }, value: 1 }], ["m{b} 1"]],
    ["nothing", [], []],
    ["a scalar", { scalar: 2 }, ["scalar", [TIME, "2"]]],
    ["a string", { string: "x" }, ["string", [TIME, "x"]]],
    ["a matrix", { matrix: [{ labels: { a: "b" }, values: [[1, 2]] }] }, ["matrix", [{ metric: { a: "b" }, values: [[1, "2"]] }]]],
  ])("give %s", (_name, value, result) => {
    expect(ask("rate(x[5m])", scenario({ "rate(x[5m])": value }))).toEqual(result);
    expect(ask("rate(x[5m])", scenario({ "rate(x[5m])": () => value }))).toEqual(result);
  });

  it("fail as told", () => {
    expect(() => ask("up", scenario({ up: { error: "timeout" } }))).toThrow("query timed out in query execution");
    expect(() => ask("up", scenario({ up: { error: "execution", message: "too many samples" } }))).toThrow("too many samples");
  });

  it("carry warnings", () => {
    const partial = scenario({ up: { value: 1, warnings: ["partial response"] } });
    expect(queryInstant(partial, "up", TIME).warnings).toEqual(["partial response"]);
    expect(queryRange(partial, "up", [1, 2]).warnings).toEqual(["partial response"]);
  });

  it("take the place of a series, and a series theirs", () => {
    const changing = scenario({ up: 1 });
    changing.set("up", []);
    expect(ask("up", changing)).toEqual([]);
    changing.set("up", 2);
    expect(ask("up", changing)).toEqual(["up{} 2"]);
    changing.delete("up");
    expect(ask("up", changing)).toEqual([]);
  });

  it("may be functions of time, for series too", () => {
    const moving = scenario({ "rate(x[5m])": (time) => time, heap: (time) => (time > 10 ? time * 2 : []) });
    expect(queryInstant(moving, "rate(x[5m])", 7).data.result).toEqual([{ metric: {}, value: [7, "7"] }]);
    expect(queryInstant(moving, "heap + 1", 20).data.result).toEqual([{ metric: {}, value: [20, "41"] }]);
    expect(queryInstant(moving, "heap", 5).data.result).toEqual([]);
    expect(() => queryInstant(scenario({ heap: () => ({ scalar: 1 }) }), "heap", 5)).toThrow("the script of heap must give a number");
  });
});

describe("range queries", () => {
  it("join the values of a series over time", () => {
    const moving = scenario({ 'heap{pod="a"}': (time) => (time === 2 ? [] : time), 'heap{pod="b"}': 1 });
    expect(queryRange(moving, "heap * 10", [1, 2, 3]).data).toEqual({
      resultType: "matrix",
      result: [
        {
          metric: { pod: "a" },
          values: [
            [1, "10"],
            [3, "30"],
          ],
        },
        {
          metric: { pod: "b" },
          values: [
            [1, "10"],
            [2, "10"],
            [3, "10"],
          ],
        },
      ],
    });
  });

  it("show a scalar as one series, and refuse strings", () => {
    expect(queryRange(web, "1", [1, 2]).data.result).toEqual([
      {
        metric: {},
        values: [
          [1, "1"],
          [2, "1"],
        ],
      },
    ]);
    expect(() => queryRange(web, '"a"', [1])).toThrow('invalid expression type "string" for range query, must be Scalar or instant Vector');
  });

  it("give a scripted matrix as it is", () => {
    const scripted = scenario({ "rate(x[5m])": { matrix: [{ labels: {}, values: [[1, Number.NaN]] }] } });
    expect(queryRange(scripted, "rate(x[5m])", [1, 2]).data.result).toEqual([{ metric: {}, values: [[1, "NaN"]] }]);
  });
});
