import { durationMs, type Duration } from "../retry/index.ts";
import { invalidOption, ownKeys, showValue, wholeNumber } from "./option-value.ts";

/** `closed`: calls go through. `open`: they fail at once. `halfOpen`: one is let through to see whether the server is back. */
export type CircuitState = "closed" | "open" | "halfOpen";

/** One origin's circuit went from one state to another. */
export interface CircuitChange {
  readonly origin: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** In the window that decided, when it opened from `closed`; otherwise those of the last time it did. */
  readonly calls: number;
  readonly failures: number;
}

/** When a circuit breaker opens, and for how long. */
export interface BreakerOptions {
  /** Opens when this share of the calls fails: above 0, up to 1. @default 0.5 */
  readonly failureRatio?: number;
  /** Fewer calls in the window prove nothing. @default 20 */
  readonly minimumCalls?: number;
  /** How far back calls count. @default "30s" */
  readonly window?: Duration;
  /** How long it stays open before one call is let through. @default "5s" */
  readonly openFor?: Duration;
  /** Sees every change of state of every origin. An error it throws ends the call that caused the change. */
  readonly onChange?: (change: CircuitChange) => void;
}

/** {@link BreakerOptions}, checked, with the defaults filled in. */
export interface BreakerPolicy {
  readonly failureRatio: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
  readonly openForMs: number;
  readonly onChange: ((change: CircuitChange) => void) | undefined;
}

const keys = ["failureRatio", "minimumCalls", "window", "openFor", "onChange"];

/**
 * The `breaker` option as a policy; undefined when it is off.
 *
 * @throws InvalidRequestError ERR_INVALID_OPTION that names `breaker.x` and what it takes
 */
export function resolveBreaker(breaker: boolean | BreakerOptions | undefined): BreakerPolicy | undefined {
  if (breaker === undefined || breaker === false) return undefined;
  const { failureRatio = 0.5, minimumCalls = 20, window = "30s", openFor = "5s", onChange } = breaker === true ? {} : ownOptions(breaker);
  return Object.freeze({
    failureRatio: ratio(failureRatio),
    minimumCalls: wholeNumber(minimumCalls, "breaker.minimumCalls"),
    windowMs: aboveZero(window, "breaker.window"),
    openForMs: aboveZero(openFor, "breaker.openFor"),
    onChange: listener(onChange),
  });
}

function ownOptions(breaker: BreakerOptions): BreakerOptions {
  if (typeof breaker !== "object" || breaker === null || Array.isArray(breaker)) {
    throw invalidOption(`breaker: ${showValue(breaker)} cannot be used. It takes true, false or an object such as { openFor: "5s" }`);
  }
  return ownKeys(breaker, keys, "breaker");
}

function ratio(value: number): number {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw invalidOption(
    `breaker.failureRatio: ${showValue(value)} cannot be used. It takes a share above 0 and up to 1, e.g. 0.5 for half of the calls`,
  );
}

function aboveZero(value: Duration, option: string): number {
  const ms = durationMs(value, option);
  if (ms > 0) return ms;
  throw invalidOption(`${option}: it must be longer than 0 ms`);
}

function listener(onChange: BreakerOptions["onChange"]): BreakerOptions["onChange"] {
  if (onChange === undefined || typeof onChange === "function") return onChange;
  throw invalidOption(`breaker.onChange: ${showValue(onChange)} cannot be used. It takes a function`);
}
