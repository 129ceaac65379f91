import type { PlannedRequest } from "../../client/index.ts";
import type { StoredError } from "../engine.ts";

/** One place of a planned run. */
export interface PlanEntry {
  /** The place, as in the journal; in a run that another one calls, below the call's. */
  readonly id: string;
  readonly kind: "step" | "sleep" | "signal";
  /**
   * - `done`: it ended, and its result is known; of a sleep: it would be slept here
   * - `recorded`: it was done by the run so far
   * - `held`: a request of it was held back, so its result, and what depends on it, is not known
   * - `waits`: for a signal, or for an answer that may come of what was held back
   * - `failed`: with `error`, as it would when run
   * - `unfinished`: the plan ended before it
   */
  readonly state: "done" | "recorded" | "held" | "waits" | "failed" | "unfinished";
  /** Requests that changed nothing, and went out. */
  readonly reads: number;
  /** Those that would change something, in the order they were made. */
  readonly requests: readonly PlannedRequest[];
  /** Of a sleep. */
  readonly sleepMs: number | undefined;
  readonly error: StoredError | undefined;
}

/** What a run would do, as far as that can be known without doing it. */
export interface FlowPlan<O = unknown> {
  readonly flow: string;
  readonly runId: string;
  /** It came to its end: there is nothing more than what is listed. */
  readonly isComplete: boolean;
  /** Of a run that came to its end. */
  readonly value: O | undefined;
  /** Why the run would fail, where it would. */
  readonly stoppedBy: unknown;
  /** The plan was ended from outside: its time was up, or its signal aborted. */
  readonly isCut: boolean;
  /** By their places, in the order of the program. */
  readonly entries: readonly PlanEntry[];
}

/** What a function would do to the outside, as far as that can be known without doing it. */
export interface Plan<T = unknown> {
  /** The function returned: there is nothing more than what is listed. */
  readonly isComplete: boolean;
  /** What it returned. */
  readonly value: T | undefined;
  /** What it failed with: the error of a request that was held back, or one of its own. */
  readonly stoppedBy: unknown;
  /** Requests that changed nothing, and went out. */
  readonly reads: number;
  /** Those that would change something, in the order they were made. */
  readonly requests: readonly PlannedRequest[];
}
