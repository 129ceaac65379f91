import { resolveBreaker, type BreakerOptions, type BreakerPolicy } from "./breaker-options.ts";
import { wholeNumber } from "./option-value.ts";
import { parseRate, type Rate, type RateOption } from "./rate-option.ts";

/** The options of a session that hold its calls back. */
export interface LimitOptions {
  /**
   * Attempts under way at a time, over all origins; the rest wait in line. A streamed one is under way until its body was read or closed:
   * a call made meanwhile, or by middleware, needs a place of its own.
   * @default no limit but that of the connections
   */
  readonly concurrency?: number;
  /** Attempts started per time, retries included; the rest wait in line. @default no limit */
  readonly rate?: RateOption;
  /** Fails calls at once, per origin, while most calls to it fail. @default false */
  readonly breaker?: boolean | BreakerOptions;
}

/** {@link LimitOptions}, checked. */
export interface LimitPolicy {
  readonly concurrency: number | undefined;
  readonly rate: Rate | undefined;
  readonly breaker: BreakerPolicy | undefined;
}

/**
 * The limits that were asked for; undefined when there is none, so that nothing needs to be done for them.
 *
 * @throws InvalidRequestError ERR_INVALID_OPTION that names the option and what it takes
 */
export function resolveLimits(options: LimitOptions): LimitPolicy | undefined {
  const concurrency = options.concurrency === undefined ? undefined : wholeNumber(options.concurrency, "concurrency");
  const rate = options.rate === undefined ? undefined : parseRate(options.rate);
  const breaker = resolveBreaker(options.breaker);
  if (concurrency === undefined && rate === undefined && breaker === undefined) return undefined;
  return Object.freeze({ concurrency, rate, breaker });
}
