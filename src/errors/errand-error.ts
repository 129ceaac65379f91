import type { ErrorCode } from "./catalog.ts";

export interface ErrandErrorInit {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
  /** What to do next, one sentence. */
  readonly hint?: string;
}

/** The root of every error errand throws: a documented `code`, a message for people, and a hint. */
export class ErrandError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor({ code, message, cause, hint }: ErrandErrorInit) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    // On the prototype, so that a logged error does not repeat it as a field.
    Object.defineProperty(this, "name", { value: new.target.name, enumerable: false, configurable: true, writable: true });
  }
}
