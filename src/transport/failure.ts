import {
  ConnectionError,
  DNSError,
  InvalidRequestError,
  RequestError,
  TimeoutError,
  TLSError,
  type RequestErrorInit,
  type RequestSummary,
  type Timings,
} from "../errors/index.ts";
import { certificateFinding, handshakeFinding, type CodedFinding } from "../tls/findings.ts";
import { ConnectionDropped } from "./carrier.ts";
import { CertificateRejected } from "./certificate-rejected.ts";
import { ConnectTimeout, type ConnectStage } from "./connector.ts";
import { explain } from "./explain.ts";
import type { ResponseHeaders } from "./handler.ts";
import { StreamFailure } from "./http2/failure.ts";
import { proxyError, ProxyFailure } from "./proxy/failure.ts";
import { tryDoctor } from "./try-doctor.ts";
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
    isUnprocessed: !context.wasSent || (error instanceof StreamFailure && error.fate.isUnprocessed),
    isStale: isTransport && isStale(error, context),
    isReused: context.isReused,
    timings: context.timings,
  };
}

function isStale(error: Error, { wasSent, isReused, hasReceived, failedStage }: FailureContext): boolean {
  if (!wasSent) return failedStage === undefined;
  // The connection was on its way out, or does not speak the right version: it says nothing about the server.
  if (error instanceof StreamFailure && error.fate.isUnprocessed && error.fate.isConnectionLost) return true;
  return isReused && !hasReceived;
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
  if (error instanceof ConnectionDropped) return sessionClosed(context.request);
  const { url } = context.request;
  if (error instanceof ProxyFailure) return proxyError(error, { ...base, hint: tryDoctor(error.hint, url) });
  if (error instanceof ConnectTimeout) {
    const { through } = error;
    return new TimeoutError({
      ...base,
      code: "ERR_TIMEOUT",
      phase: error.stage,
      message: `${subject}no connection in time (${words[error.stage]}${through === undefined ? "" : ` through ${through}`})`,
      hint: tryDoctor(
        through === undefined
          ? "Check address, firewall and VPN, or raise connectTimeout."
          : "Check that the proxy runs and that its URL has the right scheme, or raise connectTimeout.",
        url,
      ),
    });
  }
  if (error instanceof CertificateRejected) {
    return tlsError(certificateFinding({ reason: error.code, host: error.host, certificate: error.certificate, nowMs: Date.now() }), {
      ...base,
      subject,
      url,
      reason: error.code,
    });
  }
  const code = errorCode(error);
  const handshake = context.failedStage === undefined && context.hasResponded ? undefined : handshakeFinding(error.message, code);
  if (handshake !== undefined) return tlsError(handshake, { ...base, subject, url, reason: code });
  return connectionError(error, context, { ...base, subject, url, systemCode: code });
}

const words = { dns: "resolving the name", connect: "connecting", tls: "TLS handshake" } as const;

interface Base {
  readonly request: RequestSummary;
  readonly cause: Error;
  readonly timings: Timings;
  readonly subject: string;
  readonly url: URL;
}

function tlsError({ code, finding }: CodedFinding, { subject, url, reason, ...base }: Base & { reason: string | undefined }): TLSError {
  const suffix = reason === undefined || finding.summary.includes(reason) ? "" : ` (${reason})`;
  return new TLSError({ ...base, code, message: `${subject}${finding.summary}${suffix}`, hint: tryDoctor(finding.remedy, url), finding });
}

function connectionError(
  error: Error,
  context: FailureContext,
  { subject, url, systemCode, ...base }: Base & { systemCode: string | undefined },
): RequestError {
  const { code, problem, remedy } = explain(error, systemCode, context);
  const hint = isExamined(error, code, context) ? tryDoctor(remedy, url) : remedy;
  const init: RequestErrorInit = { ...base, code, message: `${subject}${problem}`, hint };
  if (code === "ERR_DNS") return new DNSError(init);
  return code.startsWith("ERR_INVALID") ? new InvalidRequestError(init) : new ConnectionError(init);
}

/**
 * What keeps a connection from being made can be looked at, and a server that hangs up on whom it asked for a certificate; not an address
 * that an option refuses, nor a socket's file.
 */
function isExamined(error: Error, code: string, { failedStage, isCertificateWanted, hasResponded, isReused }: FailureContext): boolean {
  if (code === "ERR_ADDRESS_REFUSED" || error instanceof UnixSocketFailure) return false;
  return failedStage !== undefined || (isCertificateWanted && !hasResponded && !isReused);
}

function errorCode(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
