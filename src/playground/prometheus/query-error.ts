/** The error types of the HTTP API, and the status that each comes with. */
export const ERROR_STATUS = { bad_data: 400, execution: 422, canceled: 503, timeout: 503, unavailable: 503, internal: 500 } as const;

/** The `errorType` of a failed query. */
export type QueryErrorType = keyof typeof ERROR_STATUS;

/** Ends a query with the API's error envelope. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly errorType: QueryErrorType;

  constructor(errorType: QueryErrorType, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** An expression that Prometheus would refuse. */
export class ParseError extends QueryError {
  /** @param offset of the offending character in `input`, from 0 */
  constructor(input: string, offset: number, message: string) {
    const before = input.slice(0, offset).split("\n");
    super("bad_data", `invalid parameter "query": ${before.length}:${(before.at(-1)?.length ?? 0) + 1}: parse error: ${message}`);
  }
}

/** An expression that Prometheus would compute and the stand-in cannot. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";

  constructor(what: string) {
    super(`The Prometheus stand-in does not compute ${what}. Script the whole expression: prometheus.set(expr, value)`);
  }
}
