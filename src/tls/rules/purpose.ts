import type { Certificate } from "../certificate/certificate.ts";
import { showGeneralName } from "../certificate/general-names.ts";
import { violationOf } from "../chain/name-constraints.ts";
import type { Finding } from "../diagnosis.ts";
import { chainOf, type ChainEvidence } from "./evidence.ts";
import { called, placed, role } from "./words.ts";

const serverAuth = "1.3.6.1.5.5.7.3.1";
const purposes: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.2": "TLS clients",
  "1.3.6.1.5.5.7.3.3": "signing code",
  "1.3.6.1.5.5.7.3.4": "e-mail",
  "1.3.6.1.5.5.7.3.8": "time stamps",
  "1.3.6.1.5.5.7.3.9": "OCSP answers",
  "2.5.29.37.0": "any purpose in general, which OpenSSL does not take for this one",
};

/** What certificates may be used for, and whether issuers were allowed to issue (RFC 5280 4.2 and 6.1). */
export function purposeFindings(evidence: ChainEvidence): readonly Finding[] {
  const { path } = evidence.built;
  const [leaf, ...issuers] = path;
  if (leaf === undefined) return [];
  const usage = leaf.keyUsage !== undefined && ![0, 2, 4].some((bit) => leaf.keyUsage?.has(bit)) ? [keyUsage(evidence, leaf)] : [];
  return [
    ...path
      .filter((certificate) => !certificate.isSelfSigned || certificate === leaf)
      .flatMap((certificate) => extendedKeyUsage(evidence, certificate)),
    ...usage,
    ...issuers.flatMap((issuer, index) => issuerFindings(evidence, issuer, index + 1)),
    ...chainOf(evidence).flatMap((certificate) => criticalFindings(evidence, certificate)),
  ];
}

function extendedKeyUsage(evidence: ChainEvidence, certificate: Certificate): readonly Finding[] {
  const allowed = certificate.extendedKeyUsage;
  if (allowed === undefined || allowed.includes(serverAuth)) return [];
  const words = allowed.map((oid) => purposes[oid] ?? oid);
  return [
    {
      id: "wrong-purpose",
      severity: "problem",
      summary: `${role(certificate, evidence.sent[0])} is not for TLS servers: its extended key usage allows only ${words.join(", ")}.`,
      remedy: "Have it reissued with the extended key usage serverAuth.",
      command: "echo 'extendedKeyUsage = serverAuth' >> server.ext",
      certificate: placed(certificate, evidence.sent, evidence.built.path),
      facts: { extendedKeyUsage: allowed },
    },
  ];
}

function keyUsage(evidence: ChainEvidence, leaf: Certificate): Finding {
  return {
    id: "wrong-key-usage",
    severity: "problem",
    summary: `${role(leaf, leaf)} may not be used for a handshake: its key usage allows neither digital signatures nor key exchange.`,
    remedy: "Have it reissued with the key usage digitalSignature (and keyEncipherment for RSA).",
    command: "echo 'keyUsage = critical, digitalSignature' >> server.ext",
    certificate: placed(leaf, evidence.sent),
    facts: { keyUsageBits: [...(leaf.keyUsage ?? [])].map(String) },
  };
}

function issuerFindings(evidence: ChainEvidence, issuer: Certificate, place: number): readonly Finding[] {
  const { sent, built } = evidence;
  const certificate = placed(issuer, sent, built.path);
  const [leaf] = built.path;
  const below = built.path[place - 1];
  const findings: Finding[] = [];
  // A root of X.509's first version has no extensions, and may be trusted all the same.
  const isOldRoot = issuer.isSelfSigned && issuer.basicConstraints === undefined && issuer.keyUsage === undefined;
  const isAuthority = issuer.basicConstraints?.isAuthority === true || isOldRoot;
  if (!isAuthority || issuer.keyUsage?.has(5) === false) {
    const lack = isAuthority ? "the key usage keyCertSign" : "the mark of an authority (basic constraints CA:TRUE)";
    findings.push({
      id: "issuer-not-ca",
      severity: "problem",
      summary: `${called(issuer)} was not allowed to issue ${below === undefined ? "certificates" : called(below)}: it lacks ${lack}.`,
      remedy:
        "Do not go on if you do not know who issued it. Have the certificate issued by a true authority; of your own authority, make the issuing certificate anew as a CA.",
      command: "echo 'basicConstraints = critical, CA:TRUE' > ca.ext; echo 'keyUsage = critical, keyCertSign, cRLSign' >> ca.ext",
      certificate,
    });
  }
  return [...findings, ...pathLength(evidence, issuer, place), ...(leaf === undefined ? [] : nameConstraints(evidence, issuer, leaf))];
}

/** RFC 5280 4.2.1.9: how many intermediates, those self-issued not counted, may stand between an issuer and the leaf. */
function pathLength({ sent, built }: ChainEvidence, issuer: Certificate, place: number): readonly Finding[] {
  const allowed = issuer.basicConstraints?.pathLength;
  const between = built.path.slice(1, place).filter(({ isSelfIssued }) => !isSelfIssued).length;
  if (allowed === undefined || between <= allowed) return [];
  return [
    {
      id: "path-length",
      severity: "problem",
      summary: `The chain is too long: ${called(issuer)} allows ${allowed} ${allowed === 1 ? "authority" : "authorities"} below itself, and there ${between === 1 ? "is" : "are"} ${between}.`,
      remedy:
        "Have the certificate issued by an authority nearer to the root, or make the issuing authority anew with a greater path length.",
      command: `echo 'basicConstraints = critical, CA:TRUE, pathlen:${between}' > ca.ext`,
      certificate: placed(issuer, sent, built.path),
      facts: { allowed, found: between },
    },
  ];
}

function nameConstraints({ sent, built }: ChainEvidence, issuer: Certificate, leaf: Certificate): readonly Finding[] {
  const constraints = issuer.nameConstraints;
  const violation = constraints === undefined ? undefined : violationOf(leaf, constraints);
  if (constraints === undefined || violation === undefined) return [];
  const list = (violation.isExcluded ? constraints.excluded : constraints.permitted).map(showGeneralName);
  return [
    {
      id: "name-constraints",
      severity: "problem",
      summary: `${called(issuer)} may not issue for ${showGeneralName(violation.name)}: its name constraints ${violation.isExcluded ? "exclude" : "permit only"} ${list.join(", ")}.`,
      remedy: "Have the certificate reissued with names within the constraints, or by another authority.",
      certificate: placed(issuer, sent, built.path),
      facts: {
        name: showGeneralName(violation.name),
        permitted: constraints.permitted.map(showGeneralName),
        excluded: constraints.excluded.map(showGeneralName),
      },
    },
  ];
}

/** Where issuer and responder are, and whether to staple: verifiers do not read these, and accept a certificate in which they are broken. */
const seldomRead = new Set(["1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24"]);

function criticalFindings({ sent, built }: ChainEvidence, certificate: Certificate): readonly Finding[] {
  const place = placed(certificate, sent, built.path);
  const unknown: readonly Finding[] =
    certificate.unknownCritical.length === 0
      ? []
      : [
          {
            id: "unknown-critical-extension",
            severity: "problem",
            summary: `${role(certificate, sent[0])} has a critical extension nobody here understands (${certificate.unknownCritical.join(", ")}), and must therefore be refused.`,
            remedy: "Have it reissued without that extension, or with it not marked critical.",
            certificate: place,
            facts: { extensions: certificate.unknownCritical },
          },
        ];
  if (certificate.malformed.length === 0) return unknown;
  return [
    ...unknown,
    {
      id: "malformed-extension",
      severity: certificate.malformed.every((oid) => seldomRead.has(oid)) ? "warning" : "problem",
      summary: `${role(certificate, sent[0])} has an extension that is broken (${certificate.malformed.join(", ")}).`,
      remedy: "Have it reissued; tell the authority, whose software wrote it.",
      certificate: place,
      facts: { extensions: certificate.malformed },
    },
  ];
}
