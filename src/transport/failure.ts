import {
  ConnectionError,
  DNSError,
  InvalidRequestError,
  RequestError,
  TimeoutError,
  TLSError,
  type ErrorCode,
  type RequestErrorInit,
  type RequestSummary,
  type Timings,
} from "../errors/index.ts";
import { certificateFinding, handshakeFinding, type CodedFinding } from "../tls/findings.ts";
import { CertificateRejected } from "./certificate-rejected.ts";
import { ConnectTimeout, type ConnectStage } from "./connector.ts";
import { AddressRefused } from "./dial.ts";
import type { ResponseHeaders } from "./dispatcher.ts";
import { proxyError, ProxyFailure } from "./proxy-failure.ts";
import { UnixSocketFailure } from "./unix-socket.ts";

/** What is known about an exchange that failed, beside the error for the caller. */
export interface ExchangeFailure {
  readonly error: RequestError;
  /** Certain that the server processed nothing: it failed before a byte of the request left. */
  readonly isUnprocessed: boolean;
  /** A reused connection broke before a byte of the response, or under the request before it was written: the server had closed it while idle. */
  readonly isStale: boolean;
  /** The connection had carried a request before. */
  readonly isReused: boolean;
  readonly timings: Timings;
  /** Of an answer of 300 or above whose body broke: its Retry-After holds. */
  readonly brokenHeaders?: ResponseHeaders | undefined;
}

export interface FailureContext {
  readonly request: { readonly summary: () => RequestSummary; readonly url: URL };
  /** Where connecting failed; `undefined` when there was a connection. */
  readonly failedStage: ConnectStage | undefined;
  readonly wasSent: boolean;
  readonly hasResponded: boolean;
  /** Bytes came, be they a response or not. */
  readonly hasReceived: boolean;
  readonly isReused: boolean;
  /** The server asked for a client certificate in the handshake. */
  readonly isCertificateWanted: boolean;
  readonly timings: Timings;
}

export function failureOf(error: Error, context: FailureContext): ExchangeFailure {
  const isTransport = !(error instanceof RequestError);
  return {
    error: isTransport ? describe(error, context) : error,
    isUnprocessed: !context.wasSent,
    isStale: isTransport && (context.wasSent ? context.isReused && !context.hasReceived : context.failedStage === undefined),
    isReused: context.isReused,
    timings: context.timings,
  };
}

export function idleTimeout(
  request: { readonly summary: () => RequestSummary; readonly idleTimeoutMs: number },
  isUnread: boolean,
): TimeoutError {
  const summary = request.summary();
  const duration = `${request.idleTimeoutMs / 1000} s (idleTimeout)`;
  return new TimeoutError({
    code: "ERR_TIMEOUT",
    message: `${summary.method} ${summary.url} ${isUnread ? `was not read for ${duration}: its stream was closed` : `sent nothing for ${duration}`}`,
    hint: isUnread ? "Read a stream to its end, or close() it." : "Raise idleTimeout if the server is silent on purpose.",
    phase: "idle",
    request: summary,
  });
}

/** The session was closed under a call that waited or was in flight. */
export function sessionClosed(request: { readonly summary: () => RequestSummary }): RequestError {
  const summary = request.summary();
  return new RequestError({
    code: "ERR_SESSION_CLOSED",
    message: `${summary.method} ${summary.url} failed: the session is closed`,
    hint: "Close the session after its last call.",
    request: summary,
  });
}

function describe(error: Error, context: FailureContext): RequestError {
  const request = context.request.summary();
  const base = { request, cause: error, timings: context.timings };
  const subject = `${request.method} ${request.url} failed: `;
  if (error instanceof ProxyFailure) return proxyError(error, base);
  if (error instanceof ConnectTimeout) {
    const { through } = error;
    return new TimeoutError({
      ...base,
      code: "ERR_TIMEOUT",
      phase: error.stage,
      message: `${subject}no connection in time (${words[error.stage]}${through === undefined ? "" : ` through ${through}`})`,
      hint:
        through === undefined
          ? "Check address, firewall and VPN, or raise connectTimeout."
          : "Check that the proxy runs and that its URL has the right scheme, or raise connectTimeout.",
    });
  }
  if (error instanceof CertificateRejected) {
    return tlsError(certificateFinding({ reason: error.code, host: error.host, certificate: error.certificate, nowMs: Date.now() }), {
      ...base,
      subject,
      reason: error.code,
    });
  }
  const code = errorCode(error);
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return sessionClosed(context.request);
  const handshake = context.failedStage === undefined && context.hasResponded ? undefined : handshakeFinding(error.message, code);
  if (handshake !== undefined) return tlsError(handshake, { ...base, subject, reason: code });
  return connectionError(error, context, { ...base, subject, systemCode: code });
}

const words = { dns: "resolving the name", connect: "connecting", tls: "TLS handshake" } as const;

interface Base {
  readonly request: RequestSummary;
  readonly cause: Error;
  readonly timings: Timings;
  readonly subject: string;
}

function tlsError({ code, finding }: CodedFinding, { subject, reason, ...base }: Base & { reason: string | undefined }): TLSError {
  const suffix = reason === undefined || finding.summary.includes(reason) ? "" : ` (${reason})`;
  return new TLSError({ ...base, code, message: `${subject}${finding.summary}${suffix}`, hint: finding.remedy, finding });
}

function connectionError(
  error: Error,
  context: FailureContext,
  { subject, systemCode, ...base }: Base & { systemCode: string | undefined },
): RequestError {
  const { hostname } = context.request.url;
  const make = (code: ErrorCode, text: string, hint: string): RequestError => {
    const init: RequestErrorInit = { ...base, code, message: `${subject}${text}`, hint };
    return code === "ERR_DNS"
      ? new DNSError(init)
      : code.startsWith("ERR_INVALID")
        ? new InvalidRequestError(init)
        : new ConnectionError(init);
  };
  if (error instanceof UnixSocketFailure) return make(error.verdict, error.problem, error.remedy);
  if (error instanceof AddressRefused) return make("ERR_ADDRESS_REFUSED", error.message, 'addresses: "public" refuses it.');
  switch (systemCode) {
    case "ENOTFOUND":
    case "EAI_NONAME":
      return make("ERR_DNS", `the name ${hostname} does not resolve (${systemCode})`, "Check the spelling and the resolver.");
    case "EAI_AGAIN":
      return make("ERR_DNS", `the resolver did not answer for ${hostname} (EAI_AGAIN)`, "Check the network and /etc/resolv.conf.");
    case "ECONNREFUSED":
      return make(
        "ERR_CONNECTION_REFUSED",
        `nothing listens at ${context.request.url.host} (ECONNREFUSED)`,
        "Check the port and that the service runs; errand wait URL waits for it.",
      );
    case "UND_ERR_INVALID_ARG":
    case "UND_ERR_NOT_SUPPORTED":
      return make("ERR_INVALID_HEADER", error.message, "Leave framing and connection headers to errand.");
    case "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH":
      return make("ERR_INVALID_BODY", "the body is not as long as its Content-Length", "Leave Content-Length to errand.");
    default:
  }
  if (isMalformed(systemCode, error) && !(context.hasResponded && isCut(error))) {
    if (isTLSRecord(error)) return make("ERR_MALFORMED_RESPONSE", "the port speaks TLS, not plain HTTP", "Use https:// for this port.");
    return make(
      "ERR_MALFORMED_RESPONSE",
      `the answer is not valid HTTP (${error.message})`,
      "Check that the port speaks HTTP, and the proxies in between.",
    );
  }
  if (context.hasResponded)
    return make(
      "ERR_BODY_TRUNCATED",
      `the response ended early (${error.message})`,
      "Repeat the call; if it stays, the server or a proxy cuts responses.",
    );
  if (systemCode === "ECONNRESET" || systemCode === "EPIPE") {
    const during =
      context.failedStage === undefined ? "" : context.failedStage === "tls" ? " during the TLS handshake" : " while connecting";
    return make(
      "ERR_CONNECTION_RESET",
      `the connection was reset${during} (${systemCode})`,
      certificateHint(context) ?? "The server or something between broke it; see the attempts.",
    );
  }
  if (systemCode === "UND_ERR_SOCKET")
    return make(
      "ERR_CONNECTION_CLOSED",
      "the server closed the connection without an answer",
      certificateHint(context) ?? "Look into the server's log.",
    );
  return make(
    "ERR_CONNECTION",
    systemCode === undefined ? error.message : `no connection (${systemCode})`,
    "Check routes, VPN and firewall.",
  );
}

/** Many servers just hang up on a client whose certificate they do not like. */
function certificateHint({ isCertificateWanted, isReused }: FailureContext): string | undefined {
  if (!isCertificateWanted || isReused) return undefined;
  return "The server asked for a client certificate, and may not accept what it got: check tls.cert and tls.key (--cert, --key), and the server's log.";
}

/** The parser's own error has no code, and a status below 100 only trips an assertion of undici's. */
const malformedNames: ReadonlySet<string> = new Set(["HTTPParserError", "AssertionError", "UnknownTransferCoding"]);
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

function errorCode(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
