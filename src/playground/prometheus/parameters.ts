import { QueryError } from "./query-error.ts";

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const UNITS = ["y", "w", "d", "h", "m", "s", "ms"] as const;
const UNIT_SECONDS = { y: 365 * 86_400, w: 7 * 86_400, d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;
const DURATION = new RegExp(`^${UNITS.map((unit) => `(?:(\\d+)${unit})?`).join("")}$`);

/** Seconds since the epoch, to the millisecond, from RFC 3339 or a number; undefined when it is neither. */
export function parseTime(text: string): number | undefined {
  if (FLOAT.test(text)) return Math.round(Number(text) * 1000) / 1000;
  const milliseconds = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/** Seconds from a number or from Prometheus's form, such as `1h30m`; undefined when it is neither. */
export function parseDuration(text: string): number | undefined {
  if (FLOAT.test(text)) return Number(text);
  const match = DURATION.exec(text);
  if (match === null || text === "") return undefined;
  return UNITS.reduce((total, unit, index) => total + Number(match[index + 1] ?? 0) * UNIT_SECONDS[unit], 0);
}

/** The time of an instant query. Its message doubles the parameter, as Prometheus's does. */
export function instantTime(fields: URLSearchParams, nowSeconds: number): number {
  const text = fields.get("time") ?? "";
  if (text === "") return nowSeconds;
  const seconds = parseTime(text);
  if (seconds === undefined) throw invalid("time", `Invalid time value for 'time': cannot parse "${text}" to a valid timestamp`);
  return seconds;
}

/** Refuses a malformed timeout, and times out at once when it leaves no time. */
export function checkTimeout(fields: URLSearchParams): void {
  const text = fields.get("timeout") ?? "";
  if (text === "") return;
  const seconds = parseDuration(text);
  if (seconds === undefined) throw invalid("timeout", `cannot parse "${text}" to a valid duration`);
  if (seconds <= 0) throw new QueryError("timeout", "query timed out in query execution");
}

/** The points in time of a range query, in seconds. */
export function rangeTimes(fields: URLSearchParams): number[] {
  const start = rangeTime(fields, "start");
  const end = rangeTime(fields, "end");
  if (end < start) throw invalid("end", "end timestamp must not be before start time");
  const text = fields.get("step") ?? "";
  const step = parseDuration(text);
  if (step === undefined) throw invalid("step", `cannot parse "${text}" to a valid duration`);
  if (step <= 0) throw invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
  const intervals = Math.floor((end - start) / step);
  if (intervals > 11_000) {
    throw new QueryError(
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  return Array.from({ length: intervals + 1 }, (_, index) => Math.round((start + index * step) * 1000) / 1000);
}

function rangeTime(fields: URLSearchParams, name: "start" | "end"): number {
  const text = fields.get(name) ?? "";
  const seconds = parseTime(text);
  if (seconds === undefined) throw invalid(name, `cannot parse "${text}" to a valid timestamp`);
  return seconds;
}

function invalid(name: string, reason: string): QueryError {
  return new QueryError("bad_data", `invalid parameter "${name}": ${reason}`);
}
