import type { Transcript } from "./transcript.ts";

export interface HandshakeFailure {
  readonly kind: "connect" | "alert" | "openssl" | "closed" | "reset" | "timeout";
  /** Node's code, e.g. `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** The number of the server's alert, or of OpenSSL's reason. */
  readonly number: number | undefined;
  readonly text: string;
}

/** The first line and the Date of the answer to a bare `HEAD /`. */
export interface HeadAnswer {
  readonly status: number | undefined;
  readonly dateMs: number | undefined;
}

/** A plain HTTP server answers a bare request; one that speaks TLS may do so too, but then with 400, as nginx and Go do. */
export function isPlainHTTP(answer: HeadAnswer | undefined): boolean {
  return answer?.status !== undefined && answer.status !== 400;
}

/** One handshake, and how it went. */
export interface Handshake {
  /** It completed; a failure may have come after that (TLS 1.3 tells late what it thinks of a client certificate). */
  readonly isComplete: boolean;
  readonly failure: HandshakeFailure | undefined;
  readonly transcript: Transcript;
  /** How large the ClientHello was. */
  readonly helloBytes: number;
  /** DER of the certificates, in the order they came. */
  readonly certificates: readonly Buffer[];
  /** Node's verdict, e.g. `CERT_HAS_EXPIRED`; undefined: accepted, or not asked. */
  readonly verdict: string | undefined;
  readonly protocol: string | undefined;
  readonly cipher: string | undefined;
  readonly alpn: string | undefined;
  readonly isCertificateWanted: boolean;
  /** A stapled OCSP answer. */
  readonly staple: Buffer | undefined;
  readonly answer: HeadAnswer | undefined;
}

const reset = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** Names of OpenSSL's reasons changed between 3.0 and 3.5, the numbers did not: the low 23 bits, and from 1000 on they are alerts. */
export function failureOf(error: Error & { readonly code?: string }, transcript: Transcript): HandshakeFailure {
  const hex = /error:([0-9A-F]{8}):/i.exec(error.message)?.[1];
  const reason = hex === undefined ? undefined : Number.parseInt(hex, 16) & 0x7fffff;
  const { code, message } = error;
  const text = hex === undefined ? message : (message.split(":")[5] ?? message).trim();
  if (transcript.alert !== undefined) return { kind: "alert", code, number: transcript.alert, text };
  if (reason !== undefined && reason >= 1000) return { kind: "alert", code, number: reason - 1000, text };
  if (reason !== undefined) return { kind: "openssl", code, number: reason, text };
  if (code === "ETIMEDOUT") return { kind: "timeout", code, number: undefined, text };
  return { kind: reset.has(code ?? "") ? "reset" : "closed", code, number: undefined, text };
}
