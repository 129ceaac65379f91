export { type Alert } from "./alerts.ts";
export { newestSampleAgeMs } from "./freshness.ts";
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
export type { Labels, Point, QueryResult, ResultType, Sample, Series } from "./query-result.ts";
export type { Rule, RuleGroup } from "./rules.ts";
export { parseSampleValue } from "./sample-value.ts";
export { seriesName } from "./series-name.ts";
export { singleValue, type SeriesMode, type SingleValue } from "./single-value.ts";
