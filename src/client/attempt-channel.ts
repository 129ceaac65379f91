import { channel } from "node:diagnostics_channel";
import type { Attempt } from "../errors/index.ts";

/** What the channel `errand:attempt` says as an attempt ends. */
export interface AttemptMessage {
  /** Redacted. */
  readonly attempt: Attempt;
  /** Why there is no further attempt, in words. */
  readonly why: string | undefined;
}

/**
 * `errand:attempt` of node:diagnostics_channel: every attempt of every session, for those who watch a whole program.
 *
 * @example diagnostics_channel.subscribe("errand:attempt", ({ attempt }) => count(attempt.status ?? attempt.error.code));
 */
export const attemptChannel = channel("errand:attempt");
