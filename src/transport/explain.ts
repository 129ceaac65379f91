import { ExplainedFailure, type Explanation } from "./explained-failure.ts";
import type { FailureContext } from "./failure.ts";

/** What a failure of a connection means, in words. `systemCode` is the error's own: Node's or undici's. */
export function explain(error: Error, systemCode: string | undefined, context: FailureContext): Explanation {
  if (error instanceof ExplainedFailure && !context.hasResponded) {
    const { code, problem, remedy } = error.explanation;
    return { code, problem, remedy: remedy ?? certificateHint(context) ?? "Look into the server's log." };
  }
  return (
    beforeConnection(systemCode, context) ??
    refusedRequest(error, systemCode) ??
    malformedAnswer(error, systemCode, context) ??
    brokenConnection(error, systemCode, context)
  );
}

function beforeConnection(systemCode: string | undefined, { request: { url } }: FailureContext): Explanation | undefined {
  switch (systemCode) {
    case "ENOTFOUND":
    case "EAI_NONAME":
      return {
        code: "ERR_DNS",
        problem: `the name ${url.hostname} does not resolve (${systemCode})`,
        remedy: "Check the spelling and the resolver.",
      };
    case "EAI_AGAIN":
      return {
        code: "ERR_DNS",
        problem: `the resolver did not answer for ${url.hostname} (EAI_AGAIN)`,
        remedy: "Check the network and /etc/resolv.conf.",
      };
    case "ECONNREFUSED":
      return {
        code: "ERR_CONNECTION_REFUSED",
        problem: `nothing listens at ${url.host} (ECONNREFUSED)`,
        remedy: "Check the port and that the service runs; errand wait URL waits for it.",
      };
    default:
      return undefined;
  }
}

function refusedRequest(error: Error, systemCode: string | undefined): Explanation | undefined {
  switch (systemCode) {
    case "UND_ERR_INVALID_ARG":
    case "UND_ERR_NOT_SUPPORTED":
      return { code: "ERR_INVALID_HEADER", problem: error.message, remedy: "Leave framing and connection headers to errand." };
    case "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH":
      return {
        code: "ERR_INVALID_BODY",
        problem: "the body is not as long as its Content-Length",
        remedy: "Leave Content-Length to errand.",
      };
    default:
      return undefined;
  }
}

function malformedAnswer(error: Error, systemCode: string | undefined, { hasResponded }: FailureContext): Explanation | undefined {
  if (!isMalformed(systemCode, error) || (hasResponded && isCut(error))) return undefined;
  const code = "ERR_MALFORMED_RESPONSE";
  if (isTLSRecord(error)) return { code, problem: "the port speaks TLS, not plain HTTP", remedy: "Use https:// for this port." };
  return {
    code,
    problem: `the answer is not valid HTTP (${error.message})`,
    remedy: "Check that the port speaks HTTP, and the proxies in between.",
  };
}

function brokenConnection(error: Error, systemCode: string | undefined, context: FailureContext): Explanation {
  if (context.hasResponded)
    return {
      code: "ERR_BODY_TRUNCATED",
      problem: `the response ended early (${error.message})`,
      remedy: "Repeat the call; if it stays, the server or a proxy cuts responses.",
    };
  if (systemCode === "ECONNRESET" || systemCode === "EPIPE")
    return {
      code: "ERR_CONNECTION_RESET",
      problem: `the connection was reset${during(context)} (${systemCode})`,
      remedy: certificateHint(context) ?? "The server or something between broke it; see the attempts.",
    };
  if (systemCode === "UND_ERR_SOCKET")
    return {
      code: "ERR_CONNECTION_CLOSED",
      problem: "the server closed the connection without an answer",
      remedy: certificateHint(context) ?? "Look into the server's log.",
    };
  return {
    code: "ERR_CONNECTION",
    problem: systemCode === undefined ? error.message : `no connection (${systemCode})`,
    remedy: "Check routes, VPN and firewall.",
  };
}

function during({ failedStage }: FailureContext): string {
  if (failedStage === undefined) return "";
  return failedStage === "tls" ? " during the TLS handshake" : " while connecting";
}

/** Many servers just hang up on a client whose certificate they do not like. */
function certificateHint({ isCertificateWanted, isReused }: FailureContext): string | undefined {
  if (!isCertificateWanted || isReused) return undefined;
  return "The server asked for a client certificate, and may not accept what it got: check tls.cert and tls.key (--cert, --key), and the server's log.";
}

/** The parser's own error has no code, and a status below 100 only trips an assertion of undici's. */
const malformedNames: ReadonlySet<string> = new Set(["HTTPParserError", "AssertionError"]);
const malformedCodes: ReadonlySet<string | undefined> = new Set(["UND_ERR_HEADERS_OVERFLOW", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"]);
const malformedMessages: ReadonlySet<string> = new Set(["bad response", "bad upgrade"]);

function isMalformed(code: string | undefined, error: Error): boolean {
  return malformedNames.has(error.name) || malformedCodes.has(code) || malformedMessages.has(error.message);
}

/** The parser at the end of the stream, in the middle of a message: a chunked body that ends with its connection. */
function isCut(error: Error): boolean {
  // undici gives this one no code.
  return error.name === "HTTPParserError" && error.message.includes("(Invalid EOF state)");
}

/** A TLS server answers plain text with an alert: content type 21, version 3.x (RFC 8446 5.1). */
function isTLSRecord(error: Error): boolean {
  const start: unknown = "data" in error ? error.data : undefined;
  // The parser quotes what it read, which may echo the request's credentials: an error becomes a cause without it.
  Reflect.deleteProperty(error, "data");
  const bytes = start instanceof Uint8Array ? start : typeof start === "string" ? Buffer.from(start, "latin1") : undefined;
  return bytes?.[0] === 21 && bytes[1] === 3;
}
