import type { Certificate } from "../certificate/certificate.ts";
import type { Finding } from "../diagnosis.ts";
import { chainOf, type ChainEvidence } from "./evidence.ts";
import { placed, role } from "./words.ts";

const weakHashes = new Set(["md2", "md5", "sha1"]);

/** Keys and signatures that OpenSSL refuses at the security level of Node 24 and later; Node 22 still takes some. */
export function strengthFindings(evidence: ChainEvidence): readonly Finding[] {
  return chainOf(evidence).flatMap((certificate) => [...weakKey(evidence, certificate), ...weakSignature(evidence, certificate)]);
}

function weakKey({ sent, built }: ChainEvidence, certificate: Certificate): readonly Finding[] {
  if (!certificate.key.isWeak) return [];
  return [
    {
      id: "weak-key",
      severity: "problem",
      summary: `${role(certificate, sent[0])} has a weak key: ${certificate.key.text}. Node 24 and current OpenSSL refuse it, older ones may accept it.`,
      remedy: "Have it reissued for a new key: EC P-256, or RSA with at least 2048 bits.",
      command: "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out server.key",
      certificate: placed(certificate, sent, built.path),
      facts: { key: certificate.key.text },
    },
  ];
}

/** A root's signature on itself proves nothing, and its hash does not matter. */
function weakSignature({ sent, built }: ChainEvidence, certificate: Certificate): readonly Finding[] {
  if (!weakHashes.has(certificate.signatureHash ?? "") || certificate.isSelfSigned) return [];
  return [
    {
      id: "weak-signature",
      severity: "problem",
      summary: `${role(certificate, sent[0])} is signed with ${certificate.signatureAlgorithm}, which can be forged and is refused.`,
      remedy: "Have it reissued with a SHA-256 signature.",
      command: "openssl x509 -req -sha256 -in server.csr -CA ca.pem -CAkey ca.key -out server.pem",
      certificate: placed(certificate, sent, built.path),
      facts: { signatureAlgorithm: certificate.signatureAlgorithm },
    },
  ];
}
