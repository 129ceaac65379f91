import { InvalidRequestError } from "../errors/index.ts";

/** Milliseconds, or a string with a unit (`ms`, `s`, `m`, `h`, `d`) such as `"250ms"`, `"10s"`, `"2m"` or `"1h30m"`. */
export type Duration = number | string;

export interface DurationLimits {
  /** In milliseconds. @default 2147483647 (24.8 days): Node fires a timer that is longer at once (https://nodejs.org/api/timers.html) */
  readonly maxMs?: number;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longestTimerMs = 2_147_483_647;
const compoundPattern = /^(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;
const fractionPattern = /^\d+\.\d+(?:ms|s|m|h|d)$/;
const partPattern = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/**
 * A duration in milliseconds.
 *
 * Numbers are milliseconds. Strings need a unit, from the largest to the smallest (`"1h30m"`), without sign or blanks; one unit may have a
 * fraction (`"1.5s"`).
 * @param option the name the error message gives the value, e.g. `retry.backoff`
 * @throws InvalidRequestError ERR_INVALID_OPTION for anything else: NaN, Infinity, negative, no unit, longer than `limits.maxMs`
 */
export function durationMs(value: Duration, option: string, limits: DurationLimits = {}): number {
  const ms = typeof value === "string" ? parseDuration(value) : value;
  if (typeof ms !== "number" || Number.isNaN(ms)) throw invalid(option, value, problemOf(value));
  if (ms < 0) throw invalid(option, value, "it is negative");
  const maxMs = limits.maxMs ?? longestTimerMs;
  if (ms > maxMs) throw invalid(option, value, `the longest is ${formatDuration(maxMs)}`);
  return ms;
}

/** `"850 ms"`, `"4.2 s"`, `"2 min 5 s"`, `"1 h 30 min"`: a duration for people, rounded to the two largest units. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(Math.max(0, ms))} ms`;
  if (ms < 60_050) return `${Number((ms / 1000).toFixed(1))} s`;
  const ladder = [
    { large: 86_400, small: 3600, largeName: "d", smallName: "h" },
    { large: 3600, small: 60, largeName: "h", smallName: "min" },
    { large: 60, small: 1, largeName: "min", smallName: "s" },
  ];
  const seconds = Math.round(ms / 1000);
  for (const { large, small, largeName, smallName } of ladder) {
    const rounded = Math.round(seconds / small) * small;
    if (rounded < large) continue;
    const rest = (rounded % large) / small;
    return `${Math.floor(rounded / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
  }
  return `${seconds} s`;
}

function parseDuration(text: string): number | undefined {
  if (text === "" || !(compoundPattern.test(text) || fractionPattern.test(text))) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(partPattern)) totalMs += Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
  return Math.round(totalMs);
}

function problemOf(value: unknown): string {
  if (typeof value !== "string") return "it is not a duration";
  if (/^\d+(?:\.\d+)?$/.test(value)) return "it has no unit";
  if (/\s/.test(value)) return "it has blanks";
  return "it is not a duration";
}

function invalid(option: string, value: unknown, problem: string): InvalidRequestError {
  const shown =
    typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : typeof value === "number" ? String(value) : nameOfType(value);
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${option}: ${shown} cannot be used: ${problem}. It takes milliseconds as a number, or a string with a unit such as "250ms", "10s", "2m", "1h30m"`,
  });
}

function nameOfType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
