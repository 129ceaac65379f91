import { RequestError, type RequestErrorInit } from "./request-error.ts";

/** What is wrong with the certificate or the handshake, in a form that programs can branch on. */
export interface TLSFinding {
  /** Stable id, e.g. `expired`, `hostname`, `untrusted-root`. */
  readonly id: string;
  /** One sentence with the facts (dates, names). */
  readonly summary: string;
  readonly remedy: string;
  /** Subject of the certificate at fault, where there is one. */
  readonly subject?: string;
}

export interface TLSErrorInit extends RequestErrorInit {
  readonly finding: TLSFinding;
}

/** The certificate or the handshake failed. Never retried when a certificate is at fault. */
export class TLSError extends RequestError {
  readonly finding: TLSFinding;

  constructor(init: TLSErrorInit) {
    super(init);
    this.finding = init.finding;
  }
}
