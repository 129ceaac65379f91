import { InvalidRequestError } from "../errors/index.ts";
import { durationMs, type Duration } from "../retry/index.ts";
import { checkOnUncertain, type OnUncertain } from "./uncertain.ts";

/** How often a step is tried, and how long is waited between. */
export interface StepRetry {
  /** In all. @default 3 */
  readonly attempts?: number;
  /** Before the second attempt; doubled for each further one, with jitter. @default "1s" */
  readonly backoff?: Duration;
  /** The longest wait. @default "30s" */
  readonly maxBackoff?: Duration;
}

/** How one step of a run is done. */
export interface StepOptions<T = unknown> {
  /** `false`: once. A step that sent something that cannot be repeated is not tried again, unless `onUncertain` says so. */
  readonly retry?: StepRetry | false;
  /** Of one attempt; its signal is aborted then. @default none */
  readonly timeout?: Duration;
  /** When the step was interrupted after an unsafe request had left. @default "repeat" where every such request is idempotent or has a key that the service honours, else "ask" */
  readonly onUncertain?: OnUncertain<T>;
}

export interface StepPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  readonly timeoutMs: number | undefined;
  readonly onUncertain: OnUncertain | undefined;
}

const names: ReadonlySet<string> = new Set(["retry", "timeout", "onUncertain"]);
const retryNames: ReadonlySet<string> = new Set(["attempts", "backoff", "maxBackoff"]);
const defaults: StepPolicy = { attempts: 3, baseMs: 1000, capMs: 30_000, timeoutMs: undefined, onUncertain: undefined };

/** @throws InvalidRequestError that names an unknown or wrong option */
export function stepPolicy(options: StepOptions | undefined): StepPolicy {
  if (options === undefined) return defaults;
  refuseUnknown(options, names, "");
  const { retry, timeout, onUncertain } = options;
  checkOnUncertain(onUncertain, "onUncertain");
  const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, "timeout");
  const common = { timeoutMs, onUncertain };
  if (retry === false) return { ...defaults, ...common, attempts: 1 };
  if (retry === undefined) return { ...defaults, ...common };
  refuseUnknown(retry, retryNames, "retry.");
  const { attempts = defaults.attempts, backoff = defaults.baseMs, maxBackoff = defaults.capMs } = retry;
  if (!Number.isInteger(attempts) || attempts < 1) throw invalid("retry.attempts takes a whole number from 1");
  return {
    ...common,
    attempts,
    baseMs: durationMs(backoff, "retry.backoff"),
    capMs: durationMs(maxBackoff, "retry.maxBackoff"),
  };
}

/** @throws InvalidRequestError for a wrong number of branches */
export function checkConcurrency(concurrency: number): number {
  if (Number.isInteger(concurrency) && concurrency >= 1) return concurrency;
  throw invalid("concurrency takes a whole number from 1");
}

export function refuseUnknown(options: object, known: ReadonlySet<string>, prefix: string): void {
  const unknown = Object.keys(options).find((name) => !known.has(name));
  if (unknown !== undefined) throw invalid(`${prefix}${unknown} is no option here; there are ${[...known].join(", ")}`);
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
