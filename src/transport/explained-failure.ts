import type { ErrorCode } from "../errors/index.ts";

/** What a caller is told of a failure. */
export interface Explanation {
  readonly code: ErrorCode;
  /** What is wrong: the end of "GET https://... failed: ". */
  readonly problem: string;
  /** What to do about it; where it is not known better, that depends on the connection. */
  readonly remedy: string | undefined;
}

/** A failure of a connection that knows itself what to tell. */
export class ExplainedFailure extends Error {
  readonly explanation: Explanation;

  constructor(explanation: Explanation, cause?: unknown) {
    super(explanation.problem, { cause });
    this.explanation = explanation;
  }
}
