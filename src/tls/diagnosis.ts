import type { Duplex } from "node:stream";

/** How bad a finding is: `problem` makes the connection fail (or must not be ignored), `warning` will, or does with others; `info` explains. */
export type Severity = "problem" | "warning" | "info";

/** A certificate as a report shows it. Text of certificates is escaped: it holds no control characters. */
export interface CertificateSummary {
  /** 0 is the server's own. The place in the chain as it was sent; of a certificate that was not, and in `built`, in the chain as built. */
  readonly position: number;
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal, as OpenSSL prints it. */
  readonly serial: string;
  /** ISO 8601, UTC. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Subject alternative names: `DNS:example.com`, `IP:10.0.0.1`. */
  readonly names: readonly string[];
  /** `RSA 2048`, `EC P-256` ... */
  readonly key: string;
  readonly signatureAlgorithm: string | undefined;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
}

/** One thing that was found, good for a sentence and for a program. */
export interface Finding {
  /** Stable, e.g. `expired`, `missing-intermediate`; listed in docs/reference/tls-findings.md. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence with the facts: dates ("3 days ago"), names asked for and offered. */
  readonly summary: string;
  /** What to do, safe; never to switch verification off. */
  readonly remedy: string;
  /** The command or setting of the remedy, ready to be copied. */
  readonly command?: string | undefined;
  /** The certificate at fault. */
  readonly certificate?: CertificateSummary | undefined;
  /** Named facts for programs: `{ validTo: "2026-11-20T...", daysAgo: 3 }`. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined;
}

/** What the TLS part of a diagnosis found. */
export interface TLSDiagnosis {
  readonly host: string;
  readonly port: number;
  readonly servername: string | undefined;
  /** Verified, with no finding of severity `problem`. */
  readonly isHealthy: boolean;
  /** The worst first; the first is the answer. */
  readonly findings: readonly Finding[];
  /** As sent by the server, in its order. */
  readonly sent: readonly CertificateSummary[];
  /** As built to a trusted root; empty where none could be built. */
  readonly built: readonly CertificateSummary[];
  /** `TLSv1.3`; undefined where there was no handshake. */
  readonly protocol: string | undefined;
  readonly cipher: string | undefined;
  readonly alpn: string | undefined;
  readonly elapsedMs: number;
}

/** Which server to look at, with what trust and identity, and how far to go. */
export interface TLSDiagnosisOptions {
  /** The name or address that was asked for: what the certificate must be for. */
  readonly host: string;
  /** The port that was asked for. */
  readonly port: number;
  /** Where to connect instead (`--connect`), by address or name. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
  /** The name to ask for and to check instead of `host`. */
  readonly servername?: string | undefined;
  /** Paths of PEM files, or PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** `"add"` trusts `ca` beside the default roots, `"only"` instead of them. @default "add" */
  readonly roots?: "add" | "only" | undefined;
  /** Path or PEM of the client certificate, its intermediates after it. Shown only to a server that proved who it is. */
  readonly cert?: string | undefined;
  /** Path or PEM of the client certificate's private key. */
  readonly key?: string | undefined;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string | undefined;
  /** Tells of certificates that expire within so many days. @default 14 */
  readonly warnDays?: number | undefined;
  /** May fetch missing issuers, lists of revocations and OCSP answers, from where the certificates say: over http, size-capped, without redirects. @default false */
  readonly mayFetch?: boolean | undefined;
  /** Opens a connection to the server, e.g. through a proxy's tunnel; called for each that is needed. @default TCP to `connectTo`, or `host` and `port` */
  readonly open?: (() => Promise<Duplex>) | undefined;
  /** The current time in ms since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Of each connection: until it is made, and again until its handshake is. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** Where `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `SSL_CERT_DIR` and `NODE_TLS_REJECT_UNAUTHORIZED` are read. @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Gives up; the diagnosis then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
