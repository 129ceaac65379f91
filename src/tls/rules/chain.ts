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
