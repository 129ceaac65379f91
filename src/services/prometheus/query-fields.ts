import { InvalidRequestError } from "../../errors/index.ts";
import { durationMs, type Duration } from "../../retry/index.ts";

/** A moment: a Date, or milliseconds since the epoch. */
export type Moment = Date | number;

/** Until 1973 in milliseconds, until the year 5138 in seconds. */
const EARLIEST_MS = 100_000_000_000;

/** @throws InvalidRequestError (ERR_INVALID_OPTION) when there is nothing to ask */
export function checkExpression(expression: string): string {
  if (typeof expression === "string" && expression.trim() !== "") return expression;
  throw invalid(
    `a query is a PromQL expression, not ${typeof expression === "string" ? "an empty text" : typeof expression}`,
    'For example query("up").',
  );
}

/** Seconds with milliseconds, as the API takes them. @throws InvalidRequestError (ERR_INVALID_OPTION) for what is no moment */
export function momentField(moment: Moment, option: string): string {
  const ms = moment instanceof Date ? moment.getTime() : moment;
  if (typeof ms !== "number" || !Number.isFinite(ms))
    throw invalid(`${option} is no time`, "Give a Date, or milliseconds since the epoch.");
  if (!(moment instanceof Date) && ms < EARLIEST_MS) {
    throw invalid(
      `${option}: ${ms} lies in ${new Date(ms).getUTCFullYear()}`,
      "Numbers are milliseconds since the epoch; seconds times 1000.",
    );
  }
  return (ms / 1000).toFixed(3);
}

/** Whole milliseconds, at least one, in Prometheus' form. @throws InvalidRequestError (ERR_INVALID_OPTION) */
export function durationField(duration: Duration, option: string): string {
  const ms = Math.ceil(durationMs(duration, option, { maxMs: Number.MAX_SAFE_INTEGER }));
  if (ms < 1) throw invalid(`${option} is zero`, 'For example "15s".');
  return `${ms}ms`;
}

function invalid(message: string, hint: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `prometheus: ${message}`, hint });
}
