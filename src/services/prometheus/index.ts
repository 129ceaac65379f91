export type { Alert } from "./alerts.ts";
export { newestSampleAgeMs } from "./freshness.ts";
export { seriesName, type Labels } from "./labels.ts";
export {
  Prometheus,
  type AlertOptions,
  type BuildInfo,
  type CallOptions,
  type FreshnessOptions,
  type PrometheusOptions,
  type QueryOptions,
  type RangeOptions,
} from "./prometheus.ts";
export { isPrometheusError, PrometheusError, type PrometheusErrorType, type QueryPosition } from "./prometheus-error.ts";
export type { Point, QueryResult, ResultType, Sample, Series } from "./query-result.ts";
export type { Rule, RuleGroup } from "./rules.ts";
export { parseSampleValue } from "./sample-value.ts";
export { singleValue, type SeriesMode, type SingleValue } from "./single-value.ts";
