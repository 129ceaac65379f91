import { RequestError, type RequestErrorInit } from "./request-error.ts";

export interface CircuitOpenErrorInit extends RequestErrorInit {
  readonly origin: string;
  readonly retryAfterMs: number;
}

/** Most calls to the origin failed lately, so that this one was not sent; see the session's `breaker`. */
export class CircuitOpenError extends RequestError {
  readonly origin: string;
  /** Until a call is let through to see whether the server is back. */
  readonly retryAfterMs: number;

  constructor(init: CircuitOpenErrorInit) {
    super(init);
    this.origin = init.origin;
    this.retryAfterMs = init.retryAfterMs;
  }
}
