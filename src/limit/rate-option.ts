import { durationMs, type Duration } from "../retry/index.ts";
import { invalidOption, ownKeys, showValue, wholeNumber } from "./option-value.ts";

/** So many requests per time. */
export interface RateOptions {
  /** A whole number above 0. */
  readonly limit: number;
  /** Milliseconds, or a string with a unit. */
  readonly per: Duration;
  /**
   * So many may start at once after a pause. In any stretch of time no more than `burst` and what `limit` allows for it are started: where a
   * server counts strictly, `burst: 1` spaces the requests evenly.
   * @default the limit
   */
  readonly burst?: number;
}

/** `"10/s"`, `"300/min"`, `"5000/h"`, `"100/15m"` (units `ms`, `s`, `m` or `min`, `h`, `d`), or an object. */
export type RateOption = string | RateOptions;

/** {@link RateOption}, checked. */
export interface Rate {
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
}

const textPattern = /^(\d+)\/(\d+)?(ms|s|m|min|h|d)$/;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
/** Node fires a timer that is longer at once (https://nodejs.org/api/timers.html). */
const longestTimerMs = 2_147_483_647;
const keys = ["limit", "per", "burst"];
const takes = 'It takes "10/s", "300/min", "100/15m" or { limit: 10, per: "1s", burst: 10 }';

/** @throws InvalidRequestError ERR_INVALID_OPTION that names `rate`, or the key of it, and what it takes */
export function parseRate(rate: RateOption): Rate {
  return Object.freeze(typeof rate === "string" ? parseText(rate) : parseObject(rate));
}

function parseText(text: string): Rate {
  const [, limitText, countText = "1", unit = ""] = textPattern.exec(text) ?? [];
  if (limitText === undefined) throw invalidOption(`rate: ${showValue(text)} is not a rate. ${takes}`);
  const limit = wholeNumber(Number(limitText), "rate");
  const perMs = Number(countText) * (unitMs[unit] ?? Number.NaN);
  return { limit, perMs: period(perMs, "rate"), burst: limit };
}

function parseObject(rate: RateOptions): Rate {
  if (typeof rate !== "object" || rate === null || Array.isArray(rate))
    throw invalidOption(`rate: ${showValue(rate)} is not a rate. ${takes}`);
  const given = ownKeys(rate, keys, "rate");
  if (given.per === undefined) throw invalidOption(`rate.per is missing. ${takes}`);
  const limit = wholeNumber(given.limit, "rate.limit");
  const perMs = period(durationMs(given.per, "rate.per"), "rate.per");
  return { limit, perMs, burst: given.burst === undefined ? limit : wholeNumber(given.burst, "rate.burst") };
}

function period(ms: number, option: string): number {
  if (ms > 0 && ms <= longestTimerMs) return ms;
  throw invalidOption(`${option}: the time must be above 0 and no longer than 24 days. ${takes}`);
}
