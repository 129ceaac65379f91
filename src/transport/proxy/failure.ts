import { ProxyError, TLSError, type ErrorCode, type RequestError, type RequestSummary, type Timings } from "../../errors/index.ts";
import { describeProxy, type ProxyChoice } from "../../proxy/index.ts";
import { redactText } from "../../secrets/index.ts";
import type { CodedFinding } from "../../tls/findings.ts";

/**
 * What went wrong on the way through a proxy. In every case the target has seen nothing of the request.
 *
 * - `unreachable`: no connection to the proxy; `closed`: it broke one; `malformed`: its answer is none; `failed`: it could not reach the
 *   target. Another attempt may succeed.
 * - `credentials`: it wants others; `refused`: its rules forbid the target; `protocol`: it speaks another protocol; `tls`: its certificate
 *   or handshake. Another attempt will not.
 */
export type ProxyFailureKind = "unreachable" | "closed" | "malformed" | "failed" | "credentials" | "refused" | "protocol" | "tls";

export interface ProxyFailureInit {
  readonly kind: ProxyFailureKind;
  /** What the proxy did, after its name. */
  readonly problem: string;
  readonly hint: string;
  readonly cause?: unknown;
  /** Of CONNECT. */
  readonly status?: number;
  /** With kind `tls`. */
  readonly finding?: CodedFinding;
}

/** A proxy failed or refused while a connection was being made through it. */
export class ProxyFailure extends Error {
  readonly kind: ProxyFailureKind;
  readonly hint: string;
  readonly status: number | undefined;
  readonly finding: CodedFinding | undefined;

  constructor(proxy: ProxyChoice, { kind, problem, hint, cause, status, finding }: ProxyFailureInit) {
    // A proxy's own words may repeat what it was sent.
    super(`${describeProxy(proxy)} ${redactText(problem)}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.hint = hint;
    this.status = status;
    this.finding = finding;
  }
}

const codes = {
  unreachable: "ERR_PROXY",
  closed: "ERR_PROXY",
  malformed: "ERR_PROXY",
  failed: "ERR_PROXY",
  credentials: "ERR_PROXY_AUTH",
  refused: "ERR_PROXY_REFUSED",
  protocol: "ERR_PROXY_REFUSED",
  tls: "ERR_TLS",
} as const satisfies Record<ProxyFailureKind, ErrorCode>;

/** The error for the caller. A certificate that does not hold is a TLSError also where it is the proxy's. */
export function proxyError(
  failure: ProxyFailure,
  { request, timings, hint = failure.hint }: { readonly request: RequestSummary; readonly timings: Timings; readonly hint?: string },
): RequestError {
  const { kind, finding } = failure;
  const init = {
    code: codes[kind],
    message: `${request.method} ${request.url} failed: ${failure.message}`,
    hint,
    request,
    timings,
    cause: failure,
  };
  return finding === undefined ? new ProxyError(init) : new TLSError({ ...init, code: finding.code, finding: finding.finding });
}
