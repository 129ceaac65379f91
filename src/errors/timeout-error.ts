import { RequestError, type RequestErrorInit } from "./request-error.ts";

/** Where the time went when a timeout struck; `prepare` is reading credentials and certificates. */
export type TimeoutPhase = "prepare" | "queue" | "dns" | "connect" | "tls" | "send" | "wait" | "receive" | "idle";

export interface TimeoutErrorInit extends RequestErrorInit {
  readonly phase: TimeoutPhase;
}

/** One attempt took longer than `timeout`, `connectTimeout` or `idleTimeout`. */
export class TimeoutError extends RequestError {
  readonly phase: TimeoutPhase;

  constructor(init: TimeoutErrorInit) {
    super(init);
    this.phase = init.phase;
  }
}

/** The whole call took longer than `deadline`. */
export class DeadlineError extends RequestError {}
