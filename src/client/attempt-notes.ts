import type { Attempt, RequestError, Timings } from "../errors/index.ts";
import type { RetryDecision } from "../retry/index.ts";
import { redactUrl } from "../secrets/index.ts";

/** An attempt as it was noted down. */
export interface AttemptNote {
  readonly method: string;
  readonly url: URL;
  readonly startedAt: number;
  readonly timings: Timings;
  readonly isReusedConnection: boolean;
  /** An answer's status, or why there is none. */
  readonly outcome: number | RequestError;
  /** `undefined` when the credentials were refreshed and the next attempt follows at once. */
  readonly decision: RetryDecision | undefined;
  /** The session does not verify certificates. */
  readonly isUnverified: boolean;
}

/** The attempts of a call: noted as they end, told (which redacts their URLs) only when somebody asks. */
export class AttemptNotes {
  readonly #notes: AttemptNote[] = [];
  readonly #told: Attempt[] = [];

  get count(): number {
    return this.#notes.length;
  }

  add(note: AttemptNote): void {
    this.#notes.push(note);
  }

  /** All attempts, first to last; the same objects each time. */
  tell(): readonly Attempt[] {
    for (const note of this.#notes.slice(this.#told.length)) this.#told.push(attemptOf(note, this.#told.length + 1));
    return this.#told;
  }
}

function attemptOf(note: AttemptNote, number: number): Attempt {
  const { method, startedAt, timings, isReusedConnection, outcome, decision } = note;
  const told = typeof outcome === "number" ? { status: outcome } : { error: { code: outcome.code, message: outcome.message } };
  const unverified = note.isUnverified && note.url.protocol === "https:" ? ({ isUnverified: true } as const) : undefined;
  return {
    number,
    method,
    url: redactUrl(note.url),
    startedAt,
    ...told,
    timings,
    isReusedConnection,
    ...unverified,
    ...whatFollowed(decision),
  };
}

function whatFollowed(decision: RetryDecision | undefined): Pick<Attempt, "stopped" | "waitMs" | "waitReason"> {
  if (decision === undefined) return { waitMs: 0 };
  return decision.action === "retry" ? { waitMs: decision.waitMs, waitReason: decision.reason } : { stopped: decision.stopped };
}
