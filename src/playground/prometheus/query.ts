import { evaluate } from "./evaluate.ts";
import { typeOf, type ValueType } from "./expression.ts";
import { formatSample, formatValue } from "./number-text.ts";
import { parseExpression } from "./parser.ts";
import { QueryError } from "./query-error.ts";
import type { ScriptedRange, ScriptedResult, ScriptedValue } from "./scenario.ts";
import type { Labels, Sample, Value } from "./value.ts";

/** Values are text, for JSON has no NaN. */
type Point = readonly [timeSeconds: number, value: string];

/** The `data` of an answer, and its warnings. */
export interface QueryResult {
  readonly data: { readonly resultType: string; readonly result: unknown };
  readonly warnings: readonly string[];
}

/** Where expressions find their scripts and their series. */
export interface QuerySource {
  expression(text: string): ScriptedValue | undefined;
  samples(timeSeconds: number): readonly Sample[];
}

type Outcome = Value | { readonly type: "matrix"; readonly ranges: readonly ScriptedRange[] };

/** Answers an instant query. */
export function queryInstant(source: QuerySource, expression: string, timeSeconds: number): QueryResult {
  const { outcome, warnings } = outcomeAt(source, expression, timeSeconds);
  const data = { resultType: outcome.type, result: instantResult(outcome, timeSeconds) };
  return { data, warnings };
}

/** Answers a range query: the expression at each of the times. */
export function queryRange(source: QuerySource, expression: string, times: readonly number[]): QueryResult {
  if (source.expression(expression) === undefined) checkRangeType(typeOf(parseExpression(expression)));
  const rows = new Map<string, { readonly metric: Labels; readonly values: Point[] }>();
  const allWarnings = new Set<string>();
  for (const time of times) {
    const { outcome, warnings } = outcomeAt(source, expression, time);
    for (const warning of warnings) allWarnings.add(warning);
    if (outcome.type === "string") checkRangeType("string");
    if (outcome.type === "matrix") return { data: { resultType: "matrix", result: outcome.ranges.map(matrixRow) }, warnings };
    for (const { labels, value } of pointsOf(outcome)) {
      const key = JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)));
      const row = rows.get(key) ?? { metric: labels, values: [] };
      row.values.push([time, formatSample(value)]);
      rows.set(key, row);
    }
  }
  return { data: { resultType: "matrix", result: [...rows.values()] }, warnings: [...allWarnings] };
}

function outcomeAt(
  source: QuerySource,
  expression: string,
  timeSeconds: number,
): { readonly outcome: Outcome; readonly warnings: readonly string[] } {
  const script = source.expression(expression);
  if (script !== undefined) return fromScript(typeof script === "function" ? script(timeSeconds) : script);
  return { outcome: evaluate(parseExpression(expression), { timeSeconds, samples: source.samples(timeSeconds) }), warnings: [] };
}

function fromScript(script: ScriptedResult): { readonly outcome: Outcome; readonly warnings: readonly string[] } {
  if (typeof script === "number") return { outcome: { type: "vector", samples: [{ labels: {}, value: script }] }, warnings: [] };
  if ("scalar" in script) return { outcome: { type: "scalar", value: script.scalar }, warnings: [] };
  if ("string" in script) return { outcome: { type: "string", value: script.string }, warnings: [] };
  if ("matrix" in script) return { outcome: { type: "matrix", ranges: script.matrix }, warnings: [] };
  if ("error" in script) throw new QueryError(script.error, script.message ?? defaultMessage(script.error));
  if ("value" in script) return { outcome: fromScript(script.value).outcome, warnings: script.warnings };
  return { outcome: { type: "vector", samples: script }, warnings: [] };
}

function defaultMessage(error: QueryError["errorType"]): string {
  return error === "timeout" ? "query timed out in query execution" : `scripted ${error}`;
}

function instantResult(outcome: Outcome, timeSeconds: number): unknown {
  switch (outcome.type) {
    case "scalar":
      return [timeSeconds, formatValue(outcome.value)];
    case "string":
      return [timeSeconds, outcome.value];
    case "vector":
      return outcome.samples.map(({ labels, value }) => ({ metric: labels, value: [timeSeconds, formatSample(value)] }));
    case "matrix":
      return outcome.ranges.map(matrixRow);
  }
}

function pointsOf(outcome: Value): readonly Sample[] {
  if (outcome.type === "vector") return outcome.samples;
  return outcome.type === "scalar" ? [{ labels: {}, value: outcome.value }] : [];
}

function matrixRow({ labels, values }: ScriptedRange): { readonly metric: Labels; readonly values: readonly Point[] } {
  return { metric: labels, values: values.map(([time, value]) => [time, formatSample(value)]) };
}

function checkRangeType(type: ValueType): void {
  if (type === "string")
    throw new QueryError("bad_data", `invalid expression type "string" for range query, must be Scalar or instant Vector`);
}
