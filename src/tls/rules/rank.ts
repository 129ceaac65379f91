import type { Finding, Severity } from "../diagnosis.ts";

/** Root causes before what follows from them; what must not be passed over first. */
const order = [
  "clock-wrong",
  "plain-http",
  "not-tls",
  "no-connection",
  "revoked",
  "hostname-nul",
  "intercepting-proxy",
  "rekeyed-issuer",
  "ca-file-unreadable",
  "ca-file-empty",
  "client-identity-incomplete",
  "client-certificate-unreadable",
  "client-key-unreadable",
  "client-key-passphrase",
  "client-key-mismatch",
  "sni-needed",
  "sni-refused",
  "large-client-hello",
  "protocol-version",
  "weak-dh",
  "no-shared-cipher",
  "alpn",
  "legacy-renegotiation",
  "expired",
  "intermediate-expired",
  "root-expired",
  "not-yet-valid",
  "intermediate-not-yet-valid",
  "hostname",
  "hostname-wildcard",
  "hostname-address",
  "hostname-punycode",
  "self-signed",
  "wrong-intermediate",
  "missing-intermediate",
  "only-intermediate-trusted",
  "untrusted-root",
  "untrusted-root-not-sent",
  "issuer-not-ca",
  "path-length",
  "name-constraints",
  "wrong-purpose",
  "wrong-key-usage",
  "unknown-critical-extension",
  "malformed-extension",
  "weak-key",
  "weak-signature",
  "client-certificate-required",
  "client-certificate-refused",
  "client-certificate-dropped",
  "handshake-timeout",
  "handshake-reset",
  "handshake-closed",
  "handshake-failed",
  "certificate-refused",
  "malformed-certificate",
  "key-mismatch",
  "key-unreadable",
  "key-passphrase",
  "no-certificate",
  "verification-off",
  "expires-soon",
  "chain-order",
  "common-name-only",
  "must-staple",
  "revocation-unknown",
  "client-certificate-not-tried",
  "client-certificate-optional",
];

/** Every id there is, the worst first. */
export const findingIds: readonly string[] = order;

const severities: Readonly<Record<Severity, number>> = { problem: 0, warning: 1000, info: 2000 };

/** The worst first: by severity, then by what causes what. */
export function ranked(findings: readonly Finding[]): readonly Finding[] {
  const place = ({ id, severity }: Finding): number => severities[severity] + (order.includes(id) ? order.indexOf(id) : order.length);
  return [...findings].sort((a, b) => place(a) - place(b));
}
