import { RequestError, type RequestErrorInit } from "./request-error.ts";

export interface DecodeErrorInit extends RequestErrorInit {
  /** Redacted beginning of the body. */
  readonly snippet?: string;
}

/** The body is not what was asked for: not JSON, empty, a corrupt compression, an unknown charset. */
export class DecodeError extends RequestError {
  declare readonly snippet: string | undefined;

  constructor(init: DecodeErrorInit) {
    super(init);
    Object.defineProperty(this, "snippet", { value: init.snippet, enumerable: false });
  }
}

/** One thing a Standard Schema objected to. */
export interface ValidationIssue {
  readonly message: string;
  /** e.g. `["users", 0, "name"]`. */
  readonly path: readonly PropertyKey[];
}

export interface ValidationErrorInit extends RequestErrorInit {
  readonly issues: readonly ValidationIssue[];
}

/** The JSON does not fit the schema given to `json()`. */
export class ValidationError extends RequestError {
  readonly issues: readonly ValidationIssue[];

  constructor(init: ValidationErrorInit) {
    super(init);
    this.issues = init.issues;
  }
}
