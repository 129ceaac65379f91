import type { Attempt, RequestSummary, Timings } from "./attempt.ts";
import { ErrandError, type ErrandErrorInit } from "./errand-error.ts";

export interface RequestErrorInit extends ErrandErrorInit {
  readonly request?: RequestSummary;
  readonly attempts?: readonly Attempt[];
  readonly timings?: Timings;
}

/**
 * A call that did not give what was asked for: the base of all errors of the client.
 *
 * Carries no headers and no bodies, so that logging it leaks nothing.
 */
export class RequestError extends ErrandError {
  /** Method and redacted URL; absent when the request could not even be built. */
  readonly request: RequestSummary | undefined;
  /** Every attempt with its timings and the wait that followed. */
  attempts: readonly Attempt[];
  /** Phases of the last exchange. */
  readonly timings: Timings | undefined;

  constructor(init: RequestErrorInit) {
    super(init);
    this.request = init.request;
    this.attempts = init.attempts ?? [];
    this.timings = init.timings;
  }

  /** Code, message, request and attempts: what a log may hold. */
  toJSON(): Record<string, unknown> {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.request === undefined ? {} : { request: this.request }),
      ...(this.attempts.length === 0 ? {} : { attempts: this.attempts }),
    };
  }
}
