import { ExplainedFailure } from "../explained-failure.ts";

/** What came is no HTTP/1.1 response. */
export function malformed(reason: string): ExplainedFailure {
  return new ExplainedFailure({
    code: "ERR_MALFORMED_RESPONSE",
    problem: `the answer is not valid HTTP (${reason})`,
    remedy: "Check that the port speaks HTTP, and the proxies in between.",
  });
}

/** A TLS server answers plain text with an alert. */
export function speaksTLS(): ExplainedFailure {
  return new ExplainedFailure({
    code: "ERR_MALFORMED_RESPONSE",
    problem: "the port speaks TLS, not plain HTTP",
    remedy: "Use https:// for this port.",
  });
}

/** The connection ended before the response did. */
export function closedEarly(): ExplainedFailure {
  return new ExplainedFailure({
    code: "ERR_CONNECTION_CLOSED",
    problem: "the server closed the connection without an answer",
    remedy: undefined,
  });
}
