import type { PrometheusCheckSpec } from "../file/deploy-file.ts";
import type { SeriesValue } from "./check-result.ts";
import type { Judgement } from "./judgement.ts";

/** What Prometheus answered, as the service gives it. */
export interface QueryAnswer {
  readonly resultType: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  readonly warnings: readonly string[];
}

type Limits = Pick<PrometheusCheckSpec, "query" | "max" | "min" | "noData" | "series" | "warnings">;

/** The answer against the limits, which are inclusive. */
export function judgeQuery(spec: Limits, { resultType, samples, warnings }: QueryAnswer): Judgement {
  const values = samples.map(({ labels, value }): SeriesValue => ({ labels, value: formatValue(value) }));
  const evidence = { kind: "prometheus", query: spec.query, values: values.slice(0, 10), max: spec.max, min: spec.min, warnings } as const;
  if (resultType !== "vector" && resultType !== "scalar") {
    return {
      outcome: "error",
      summary: `the query gives a ${resultType}, not numbers: a range such as [5m] belongs inside rate() or another function`,
      evidence,
    };
  }
  if (warnings.length > 0 && spec.warnings === "error") {
    return { outcome: "error", summary: `the answer is partial: ${warnings.join("; ")} (warnings: allow takes it all the same)`, evidence };
  }
  const numbers = samples.filter(({ value }) => !Number.isNaN(value));
  if (samples.length > 1 && spec.series === "one") {
    const summary = `the query gives ${samples.length} series, not one: aggregate it (sum, max), or say series: any or series: all`;
    return { outcome: "error", summary, evidence };
  }
  // NaN among others decides nothing by itself, but with series: all it must not vanish.
  const isWithout = spec.series === "any" ? numbers.length === 0 : samples.length === 0 || numbers.length < samples.length;
  if (isWithout) return { ...noDataJudgement(spec, samples.length), evidence };
  return {
    ...judgeNumbers(
      spec,
      numbers.map(({ value }) => value),
    ),
    evidence,
  };
}

function noDataJudgement({ noData }: Limits, seriesCount: number): Pick<Judgement, "outcome" | "summary"> {
  const what =
    seriesCount === 0
      ? "the query gives no series: is the name of the metric right?"
      : "the query gives NaN: there was nothing to divide by";
  if (noData === undefined) return { outcome: "noData", summary: what };
  return { outcome: noData, summary: `${what} (noData: ${noData})` };
}

function judgeNumbers(spec: Limits, values: readonly number[]): Pick<Judgement, "outcome" | "summary"> {
  const { max = Infinity, min = -Infinity } = spec;
  const isWithin = (value: number): boolean => value >= min && value <= max;
  const passes = spec.series === "any" ? values.some(isWithin) : values.every(isWithin);
  const shown = values.find((value) => isWithin(value) === passes) ?? Number.NaN;
  const among = values.length === 1 ? "" : ` (${values.length} series)`;
  return { outcome: passes ? "pass" : "fail", summary: `${formatValue(shown)}${among}, ${describeLimits(spec)}` };
}

function describeLimits({ max, min }: Limits): string {
  if (min === undefined) return `at most ${formatValue(max ?? Infinity)} allowed`;
  return max === undefined ? `at least ${formatValue(min)} wanted` : `${formatValue(min)} to ${formatValue(max)} allowed`;
}

function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Number.isNaN(value) ? "NaN" : String(Number(value.toPrecision(6)));
}
