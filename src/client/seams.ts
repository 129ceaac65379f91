import type { Clock } from "../limit/index.ts";
import type { Lookup } from "../transport/index.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Sleep } from "./call-control.ts";
import type { SessionOptions } from "./options.ts";

/** What a session takes from its surroundings, and a test puts its own in place of. */
export interface Seams {
  /** Of the session's limits. */
  readonly clock?: Clock;
  /** Waits between attempts and polls. */
  readonly sleep?: Sleep;
  /** In [0, 1), like Math.random: the jitter of backoff. */
  readonly random?: () => number;
  readonly log?: AttemptLog;
  readonly lookup?: Lookup;
  /** Monotonic milliseconds of poll()'s deadline. */
  readonly now?: () => number;
}

const replaced = new WeakMap<SessionOptions, Seams>();

/**
 * Options of a session with some of its surroundings replaced; extended sessions share them.
 *
 * @internal not exported from the package
 */
export function withSeams<T extends SessionOptions>(options: T, seams: Seams): T {
  replaced.set(options, seams);
  return options;
}

/** @internal */
export function seamsOf(options: SessionOptions): Seams {
  return replaced.get(options) ?? none;
}

const none: Seams = {};
