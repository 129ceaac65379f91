import type { RequestSummary } from "./attempt.ts";
import { RequestError, type RequestErrorInit } from "./request-error.ts";

export interface TooManyRedirectsErrorInit extends RequestErrorInit {
  readonly trail: readonly RequestSummary[];
}

/** More redirects than `redirect.max`, a loop, or a redirect that must not be followed. */
export class TooManyRedirectsError extends RequestError {
  /** The hops, first to last. */
  readonly trail: readonly RequestSummary[];

  constructor(init: TooManyRedirectsErrorInit) {
    super(init);
    this.trail = init.trail;
  }
}

/** A redirect that errand does not follow: a downgrade, another scheme, a bad Location, a body that may not travel. */
export class RedirectRefusedError extends RequestError {}
