import { listAt, objectAt, textAt, textsAt, UnexpectedShape, type Answer } from "./answer-shape.ts";
import { seriesName, type Labels } from "./labels.ts";
import { parseSampleValue } from "./sample-value.ts";

/** A series at one moment. */
export interface Sample {
  readonly labels: Labels;
  /** NaN and the infinities too. */
  readonly value: number;
  /** Milliseconds since the epoch: of the evaluation, not of the scrape. */
  readonly timestampMs: number;
}

/** One point of a series. */
export interface Point {
  readonly timestampMs: number;
  readonly value: number;
}

/** A series over time. */
export interface Series {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** What kind of value a query gave. */
export type ResultType = "vector" | "scalar" | "string" | "matrix";

/** What a query gives. Which of `samples`, `series` and `text` is filled follows from `resultType`. */
export interface QueryResult {
  readonly resultType: ResultType;
  /** Of a vector; of a scalar one without labels. */
  readonly samples: readonly Sample[];
  /** Of a matrix: a range query, or an instant query of a range such as `up[5m]`. */
  readonly series: readonly Series[];
  /** Of a string. */
  readonly text: string | undefined;
  /** The answer may be incomplete, e.g. Thanos with a store away. */
  readonly warnings: readonly string[];
  /** Remarks on the query. */
  readonly infos: readonly string[];
  /** The server's clock by its Date header, to the second, in milliseconds since the epoch. */
  readonly serverTimeMs: number | undefined;
}

/** Reads the data of /api/v1/query and /api/v1/query_range. @throws UnexpectedShape */
export function readQueryResult({ data, warnings, infos, serverTimeMs }: Answer): QueryResult {
  const { resultType, result } = objectAt(data, "data");
  const about = { warnings, infos, serverTimeMs };
  switch (resultType) {
    case "vector":
      return { resultType, samples: listAt(result, "data.result").map(readSample), series: [], text: undefined, ...about };
    case "scalar":
      return { resultType, samples: [{ labels: {}, ...readPoint(result, "data.result") }], series: [], text: undefined, ...about };
    case "string":
      return { resultType, samples: [], series: [], text: textAt(listAt(result, "data.result")[1], "data.result[1]"), ...about };
    case "matrix":
      return { resultType, samples: [], series: listAt(result, "data.result").map(readSeries), text: undefined, ...about };
    default:
      throw new UnexpectedShape(`data.resultType is ${JSON.stringify(resultType) ?? "missing"}`);
  }
}

function readSample(item: unknown, index: number): Sample {
  const place = `data.result[${index}]`;
  const { metric, value, histogram } = objectAt(item, place);
  const labels = textsAt(metric, `${place}.metric`);
  if (value === undefined && histogram !== undefined) throw nativeHistogram(labels);
  return { labels, ...readPoint(value, `${place}.value`) };
}

function readSeries(item: unknown, index: number): Series {
  const place = `data.result[${index}]`;
  const { metric, values, histograms } = objectAt(item, place);
  const labels = textsAt(metric, `${place}.metric`);
  if (values === undefined && histograms !== undefined) throw nativeHistogram(labels);
  return { labels, points: listAt(values, `${place}.values`).map((point, at) => readPoint(point, `${place}.values[${at}]`)) };
}

function nativeHistogram(labels: Labels): UnexpectedShape {
  return new UnexpectedShape(
    `${seriesName(labels)} is a native histogram, not a number; use histogram_count(), histogram_sum() or histogram_quantile()`,
  );
}

function readPoint(pair: unknown, place: string): Point {
  const [seconds, text] = listAt(pair, place);
  if (typeof seconds !== "number") throw new UnexpectedShape(`${place}[0] is no time`);
  const value = parseSampleValue(textAt(text, `${place}[1]`));
  if (value === undefined) throw new UnexpectedShape(`${place}[1] is no sample value`);
  return { timestampMs: Math.round(seconds * 1000), value };
}
