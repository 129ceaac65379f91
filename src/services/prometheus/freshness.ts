import { InvalidRequestError } from "../../errors/index.ts";
import type { QueryResult } from "./query-result.ts";

/**
 * How old the newest sample of a result is, in milliseconds by the server's clock; undefined when there is none, or no Date header.
 *
 * The samples of a vector carry the time of the evaluation: ask for a range (`up[5m]`), whose points carry that of the scrape.
 */
export function newestSampleAgeMs({ samples, series, serverTimeMs }: QueryResult): number | undefined {
  const times = [...samples, ...series.flatMap(({ points }) => points)].map(({ timestampMs }) => timestampMs);
  if (times.length === 0 || serverTimeMs === undefined) return undefined;
  return ageMs(
    times.reduce((newest, time) => Math.max(newest, time)),
    serverTimeMs,
  );
}

/** The Date header has whole seconds, so that a sample can seem to come from the future. */
export function ageMs(timestampMs: number, serverTimeMs: number): number {
  return Math.max(0, serverTimeMs - timestampMs);
}

const QUOTED = `"(?:[^"\\\\]|\\\\[\\s\\S])*"|'(?:[^'\\\\]|\\\\[\\s\\S])*'|\`[^\`]*\``;
const BRACES = `\\{(?:[^"'\`{}]|${QUOTED})*\\}`;
const SELECTOR = new RegExp(`^(?:[a-zA-Z_:][\\w:]*(?:\\s*${BRACES})?|${BRACES})$`);

/**
 * The query for the time of the newest sample of a selector.
 *
 * timestamp() gives the time of the scrape for a selector alone; of anything computed it gives that of the evaluation, which is always now.
 * @throws InvalidRequestError (ERR_INVALID_OPTION) when it is more than a selector
 */
export function newestTimestampQuery(selector: string): string {
  if (typeof selector === "string" && SELECTOR.test(selector.trim())) return `max(timestamp(${selector.trim()}))`;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `prometheus: freshness takes a selector such as up{job="web"}, not ${typeof selector === "string" ? selector.slice(0, 100) : typeof selector}`,
    hint: "Give the metric that the query reads, without functions and ranges.",
  });
}
