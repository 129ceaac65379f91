import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** The handshake completed but the certificate does not hold. Carries the facts for the message. */
export class CertificateRejected extends Error {
  /** Node's name of the reason, e.g. `CERT_HAS_EXPIRED`. */
  readonly code: string;
  readonly host: string;
  readonly certificate: X509Certificate | undefined;

  constructor(socket: TLSSocket, host: string) {
    const reason: unknown = socket.authorizationError;
    const code = reason instanceof Error ? ("code" in reason ? String(reason.code) : reason.message) : String(reason);
    super(reason instanceof Error ? reason.message : code);
    this.code = code;
    this.host = host;
    this.certificate = socket.getPeerX509Certificate();
  }
}
