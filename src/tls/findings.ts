import type { ErrorCode, TLSFinding } from "../errors/index.ts";

/** What the finder needs to know of a certificate; `X509Certificate` fits. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly subjectAltName?: string | undefined;
}

export interface FindingInput {
  /** Node's or OpenSSL's reason, e.g. `CERT_HAS_EXPIRED`. */
  readonly reason: string;
  readonly host: string;
  readonly certificate: CertificateFacts | undefined;
  readonly nowMs: number;
}

export interface CodedFinding {
  readonly code: ErrorCode;
  readonly finding: TLSFinding;
}

type Describe = (input: FindingInput) => Omit<TLSFinding, "id" | "subject">;

interface Rule {
  readonly id: string;
  readonly code: ErrorCode;
  readonly describe: Describe;
}

const rules: Readonly<Record<string, Rule>> = {
  CERT_HAS_EXPIRED: {
    id: "expired",
    code: "ERR_TLS_EXPIRED",
    describe: ({ certificate, nowMs }) => ({
      summary: leafIs(certificate, (to) => to < nowMs)
        ? `its certificate expired ${ago(certificate?.validTo, nowMs)}`
        : "a certificate of its chain has expired",
      remedy: "Renew the certificate on the server; if it was renewed, reload the server. Check this machine's clock.",
    }),
  },
  CERT_NOT_YET_VALID: {
    id: "not-yet-valid",
    code: "ERR_TLS_NOT_YET_VALID",
    describe: ({ certificate }) => ({
      summary: `its certificate is valid only from ${day(certificate?.validFrom)}`,
      remedy: "Check this machine's clock (date -u) and synchronise it.",
    }),
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    id: "self-signed",
    code: "ERR_TLS_SELF_SIGNED",
    describe: () => ({
      summary: "its certificate is self-signed",
      remedy: 'If the server is yours, trust this certificate: tls: { ca: "server.pem" } or --ca server.pem.',
    }),
  },
  SELF_SIGNED_CERT_IN_CHAIN: { id: "untrusted-root", code: "ERR_TLS_UNTRUSTED", describe: untrusted },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { id: "untrusted-root", code: "ERR_TLS_UNTRUSTED", describe: untrusted },
  UNABLE_TO_GET_ISSUER_CERT: { id: "untrusted-root", code: "ERR_TLS_UNTRUSTED", describe: untrusted },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    id: "incomplete-chain",
    code: "ERR_TLS_INCOMPLETE_CHAIN",
    describe: ({ certificate }) => ({
      summary: `it does not send the intermediate certificate${name(certificate?.issuer, " of ")}`,
      remedy: "Install the full chain on the server. If its issuer is a private authority, add that: --ca root.pem.",
    }),
  },
  CERT_SIGNATURE_FAILURE: {
    id: "bad-signature",
    code: "ERR_TLS_UNTRUSTED",
    describe: () => ({
      summary: "its certificate is not signed by the issuer it names",
      remedy: "Do not go on: it is a stale bundle or an attack. Reinstall the chain on the server.",
    }),
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    id: "hostname",
    code: "ERR_TLS_HOSTNAME",
    describe: ({ certificate, host }) => ({
      summary: `its certificate is not for ${host}${offered(certificate)}`,
      remedy: "Use a name the certificate lists, or have it reissued with this one.",
    }),
  },
  CERT_REVOKED: {
    id: "revoked",
    code: "ERR_TLS_REVOKED",
    describe: () => ({ summary: "its certificate was revoked", remedy: "Do not go on. Install a newly issued certificate on the server." }),
  },
};

function untrusted({ certificate }: FindingInput): Omit<TLSFinding, "id" | "subject"> {
  return {
    summary: `its certificate comes from an authority this machine does not trust${name(certificate?.issuer, ": ")}`,
    remedy:
      'Get the root certificate of that authority and add it: tls: { ca: "root.pem" } or --ca root.pem, SSL_CERT_FILE, or the system store.',
  };
}

/** The finding for a rejected certificate. Unknown reasons keep OpenSSL's word. */
export function certificateFinding(input: FindingInput): CodedFinding {
  const rule = rules[input.reason];
  const subject = oneLine(input.certificate?.subject);
  if (rule === undefined) {
    const summary = `its certificate was refused (${input.reason})`;
    return {
      code: "ERR_TLS",
      finding: {
        id: "certificate",
        summary,
        remedy: "Have the certificate reissued by the rules of RFC 5280.",
        ...(subject === undefined ? {} : { subject }),
      },
    };
  }
  return { code: rule.code, finding: { id: rule.id, ...rule.describe(input), ...(subject === undefined ? {} : { subject }) } };
}

// TLS alerts by number (RFC 8446 6): OpenSSL's names changed between 3.0 and 3.5, the numbers did not.
const alerts: Readonly<Record<number, CodedFinding>> = {
  40: protocol("server and client share no cipher, or the server wants a client certificate (alert 40)"),
  42: clientCertificate("the server refused the client certificate as bad (alert 42)"),
  43: clientCertificate("the server does not support this kind of client certificate (alert 43)"),
  44: clientCertificate("the server says the client certificate was revoked (alert 44)"),
  45: clientCertificate("the server says the client certificate has expired (alert 45)"),
  46: clientCertificate("the server refused the client certificate (alert 46)"),
  48: clientCertificate("the server does not know the authority of the client certificate (alert 48)"),
  49: clientCertificate("the server refused access for this client certificate (alert 49)"),
  70: protocol("the server offers no TLS version that errand speaks (alert 70)"),
  71: protocol("the server demands stronger ciphers (alert 71)"),
  112: {
    code: "ERR_TLS_HOSTNAME",
    finding: {
      id: "sni-refused",
      summary: "the server does not know this host name (alert 112)",
      remedy: "Check the host name, or set tls.servername.",
    },
  },
  116: clientCertificate("the server requires a client certificate (alert 116)"),
};

/** The finding for a failed handshake, from OpenSSL's error text; `undefined` when it was no TLS failure. */
export function handshakeFinding(errorText: string, errorCode: string | undefined): CodedFinding | undefined {
  const number = /error:([0-9A-F]{8}):/i.exec(errorText)?.[1];
  const reason = number === undefined ? undefined : Number.parseInt(number, 16) & 0x7fffff;
  if (reason !== undefined && reason >= 1000) return alerts[reason - 1000] ?? other(errorText);
  // 267 is SSL_R_WRONG_VERSION_NUMBER, 156 SSL_R_HTTP_REQUEST: the answer was no TLS record.
  if (reason === 267 || reason === 156 || /wrong version number|packet length too long/i.test(errorText)) {
    return {
      code: "ERR_TLS_PLAIN_HTTP",
      finding: {
        id: "plain-http",
        summary: "the port does not speak TLS",
        remedy: "Use http:// for this port, or the port where the server speaks TLS.",
      },
    };
  }
  if (number !== undefined || errorCode?.startsWith("ERR_SSL_") === true || errorCode === "EPROTO") return other(errorText);
  return undefined;
}

function protocol(summary: string): CodedFinding {
  return {
    code: "ERR_TLS_PROTOCOL",
    finding: { id: "protocol", summary, remedy: "Upgrade the server to TLS 1.2 or newer with current ciphers." },
  };
}

function clientCertificate(summary: string): CodedFinding {
  return {
    code: "ERR_TLS_CLIENT_CERTIFICATE",
    finding: {
      id: "client-certificate",
      summary,
      remedy: "Give a valid one, with its intermediates: tls: { cert, key } or --cert and --key.",
    },
  };
}

function other(text: string): CodedFinding {
  const words = text
    .replace(/^.*error:[0-9A-F]+:[^:]*:[^:]*:/i, "")
    .replace(/:.*$/s, "")
    .trim();
  return {
    code: "ERR_TLS",
    finding: {
      id: "handshake",
      summary: `TLS failed (${words})`,
      remedy: "Check that the port speaks TLS, and which versions and ciphers the server offers.",
    },
  };
}

function leafIs(certificate: CertificateFacts | undefined, test: (validTo: number) => boolean): boolean {
  return certificate !== undefined && test(Date.parse(certificate.validTo));
}

function ago(date: string | undefined, nowMs: number): string {
  if (date === undefined) return "";
  const days = Math.floor((nowMs - Date.parse(date)) / 86_400_000);
  if (days >= 2) return `${days} days ago (${day(date)})`;
  return days === 1 ? `yesterday (${day(date)})` : `today (${day(date)})`;
}

function day(date: string | undefined): string {
  return date === undefined ? "an unknown day" : new Date(date).toISOString().slice(0, 10);
}

function offered(certificate: CertificateFacts | undefined): string {
  const names = certificate?.subjectAltName?.split(", ").map((entry) => entry.replace(/^(DNS|IP Address):/, "")) ?? [];
  if (names.length === 0) return "";
  return ` but for ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

function name(distinguishedName: string | undefined, prefix: string): string {
  const text = oneLine(distinguishedName);
  return text === undefined ? "" : `${prefix}${text}`;
}

/** Node separates the parts of a name by newlines; control bytes of a certificate never reach a terminal. */
function oneLine(text: string | undefined): string | undefined {
  return text?.replaceAll("\n", ", ").replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
