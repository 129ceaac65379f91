import { trimBlanks } from "./header-map.ts";
import { parseHttpDate } from "./http-date.ts";

/**
 * The wait that a Retry-After header asks for, in milliseconds from now; 0 for a date in the past.
 *
 * The grammar is strict (RFC 9110 10.2.3): whole seconds or an HTTP-date. `1.5`, `-5`, `0x10`, `1e1` and `5, 10` are undefined, for a
 * guess could come back earlier than the server allows. Of several header lines the first counts, and only if it is valid.
 */
export function parseRetryAfter(value: string | readonly string[] | undefined, nowMs: number): number | undefined {
  const line = typeof value === "string" ? value : value?.[0];
  if (line === undefined) return undefined;
  const text = trimBlanks(line);
  if (/^[0-9]+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  const atMs = parseHttpDate(text, nowMs);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}
