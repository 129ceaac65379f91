import { channel } from "node:diagnostics_channel";
import type { HTTPAttributes } from "./http-attributes.ts";

/** What the channels `errand:request:start`, `:end` and `:error` say of a request: the same object at its start and at its end. Redacted. */
export interface RequestMessage {
  /** Told in full at the end: status, version and error join what is known at the start. */
  readonly attributes: HTTPAttributes;
  /** From just before it was sent to the end of the response's body; absent at the start. */
  readonly durationMs?: number;
  /** On `errand:request:error`. */
  readonly error?: RequestFailure;
}

/** Why there is no whole answer. */
export interface RequestFailure {
  /** errand's code; the error's name where it is none of errand's. */
  readonly code: string;
  readonly message: string;
}

/** A request is about to be sent. */
export const requestStart = channel("errand:request:start");
/** It was answered, with whatever status, and the answer is whole or was left by its reader. */
export const requestEnd = channel("errand:request:end");
/** There is no whole answer. */
export const requestError = channel("errand:request:error");

export function hasRequestSubscribers(): boolean {
  return requestStart.hasSubscribers || requestEnd.hasSubscribers || requestError.hasSubscribers;
}
