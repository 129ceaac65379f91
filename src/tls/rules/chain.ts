import { escapeText } from "../asn1/values.ts";
import type { Finding } from "../diagnosis.ts";
import type { ChainEvidence } from "./evidence.ts";
import { hostFindings } from "./host.ts";
import { purposeFindings } from "./purpose.ts";
import { strengthFindings } from "./strength.ts";
import { trustFindings } from "./trust.ts";
import { validityFindings } from "./validity.ts";

/** Everything that is wrong with a chain of certificates: all of it, not only what a verifier meets first. */
export function chainFindings(evidence: ChainEvidence): readonly Finding[] {
  return [
    ...validityFindings(evidence),
    ...trustFindings(evidence),
    ...hostFindings(evidence),
    ...purposeFindings(evidence),
    ...strengthFindings(evidence),
  ];
}

const aboutDates = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** Node refuses, and the rules above have found no problem: its word stands. Dates are left out: they depend on whose clock is asked. */
export function verdictFindings(verdict: string | undefined, found: readonly Finding[]): readonly Finding[] {
  if (verdict === undefined || aboutDates.has(verdict) || found.some(({ severity }) => severity === "problem")) return [];
  if (verdict === "ERR_TLS_CERT_ALTNAME_INVALID") return [refusedForItsName(verdict)];
  return [
    {
      id: "certificate-refused",
      severity: "problem",
      summary: `Node refuses the certificate: ${escapeText(verdict)}.`,
      remedy: "Have it reissued by the rules of RFC 5280; openssl verify says more.",
      command: "openssl verify -x509_strict -purpose sslserver -CAfile root.pem -untrusted intermediate.pem server.pem",
      facts: { verdict: escapeText(verdict) },
    },
  ];
}

/** The certificate is for the host, by RFC 9525 and by other versions: Node 22.23 finds no IPv6 address in any. */
function refusedForItsName(verdict: string): Finding {
  return {
    id: "certificate-refused",
    severity: "problem",
    summary: `The certificate lists the host, but this version of Node does not find it there (${verdict}); Node 22 is known for that with IPv6 addresses.`,
    remedy: "Connect by a name the certificate lists, or use Node 24 or later.",
    command: "node --version",
    facts: { verdict },
  };
}
