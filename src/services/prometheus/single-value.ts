import type { QueryResult, Sample } from "./query-result.ts";

/** Which of several series count; `one`: several are a mistake in the query. */
export type SeriesMode = "one" | "any" | "all" | "max" | "min";

/** A query's result as a check needs it. */
export type SingleValue =
  /** With `one`, `max` and `min`. */
  | { readonly kind: "value"; readonly value: number; readonly sample: Sample }
  /** With `any` and `all`: one of them, or each of them, has to be within the limits. At least one; never NaN. */
  | { readonly kind: "values"; readonly values: readonly number[]; readonly samples: readonly Sample[] }
  | { readonly kind: "noData"; readonly why: "empty" | "NaN" }
  /** Several series where one was wanted: aggregate them in the query, or say which count. */
  | { readonly kind: "ambiguous"; readonly count: number; readonly samples: readonly Sample[] }
  /** No numbers of one moment: a string, or the range of `up[5m]`, which belongs inside a function. */
  | { readonly kind: "wrongType"; readonly resultType: "matrix" | "string" };

/**
 * The one value of a result, or why there is none.
 *
 * An unknown metric gives an empty vector and 0/0 gives NaN: both are "no data", neither is 0. `max` and `min` pass over NaN as PromQL's do,
 * and so does `any`; with `all` one NaN makes it no data, for that series cannot be judged.
 * @param options.series @default "one"
 */
export function singleValue(result: QueryResult, { series = "one" }: { readonly series?: SeriesMode } = {}): SingleValue {
  const { resultType, samples } = result;
  if (resultType === "matrix" || resultType === "string") return { kind: "wrongType", resultType };
  if (samples.length === 0) return { kind: "noData", why: "empty" };
  if (series === "one" && samples.length > 1) return { kind: "ambiguous", count: samples.length, samples };
  const numbers = samples.filter(({ value }) => !Number.isNaN(value));
  const [first, ...others] = numbers;
  if (first === undefined || (series === "all" && numbers.length < samples.length)) return { kind: "noData", why: "NaN" };
  if (series === "any" || series === "all") return { kind: "values", values: numbers.map(({ value }) => value), samples: numbers };
  const isBetter = (left: number, right: number): boolean => (series === "min" ? left < right : left > right);
  const sample = others.reduce((best, next) => (isBetter(next.value, best.value) ? next : best), first);
  return { kind: "value", value: sample.value, sample };
}
