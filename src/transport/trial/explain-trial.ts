import { ErrandError, type ErrorCode } from "../../errors/index.ts";
import { certificateFinding, handshakeFinding } from "../../tls/findings.ts";
import { CertificateRejected } from "../certificate-rejected.ts";
import { ExplainedFailure } from "../explained-failure.ts";
import { ProxyFailure, type ProxyFailureKind } from "../proxy/failure.ts";

/** Why a trial failed. */
export interface TrialFailure {
  /** The system's or errand's own word. */
  readonly code: ErrorCode | (string & {});
  readonly problem: string;
  /** Undefined where the trial does not know. */
  readonly remedy: string | undefined;
  /** Where it was the proxy. */
  readonly proxy?: { readonly kind: ProxyFailureKind; readonly status: number | undefined };
}

/**
 * What stopped `openWay` or `askServer`, in words.
 *
 * @throws the error itself where it is about an option, a file or a secret: that is nothing of the way
 */
export function explainTrial(error: unknown): TrialFailure {
  if (error instanceof ErrandError) throw error;
  if (error instanceof ProxyFailure) {
    const { message: problem, hint: remedy, kind, status } = error;
    return { code: "ERR_PROXY", problem, remedy, proxy: { kind, status } };
  }
  if (error instanceof ExplainedFailure) return error.explanation;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "ERR_CONNECTION";
  if (error instanceof CertificateRejected) {
    const { finding } = certificateFinding({ reason: code, host: error.host, certificate: error.certificate, nowMs: Date.now() });
    return { code, problem: finding.summary, remedy: finding.remedy };
  }
  const message = error instanceof Error ? error.message : String(error);
  const handshake = handshakeFinding(message, code);
  if (handshake !== undefined) return { code, problem: handshake.finding.summary, remedy: handshake.finding.remedy };
  return { code, problem: code === "ECONNRESET" || code === "EPIPE" ? `the connection was reset (${code})` : message, remedy: undefined };
}
