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
  declare attempts: readonly Attempt[];
  /** Phases of the last exchange. */
  declare readonly timings: Timings | undefined;

  constructor(init: RequestErrorInit) {
    super(init);
    this.request = init.request;
    // Not enumerable: a logged error is its message, which tells the attempts in words; toJSON has them in full.
    Object.defineProperty(this, "attempts", { value: init.attempts ?? [], enumerable: false, writable: true });
    Object.defineProperty(this, "timings", { value: init.timings, enumerable: false });
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
