import { verify } from "node:crypto";
import { childAt, type Element } from "../asn1/der.ts";
import { readBits, readOid } from "../asn1/values.ts";
import { signatureAlgorithm } from "../certificate/algorithms.ts";
import type { Certificate } from "../certificate/certificate.ts";

/** What lists and answers have in common with certificates: content, algorithm, signature (RFC 5280 5.1.1). */
export interface SignedParts {
  readonly content: Element;
  readonly algorithm: Element;
  readonly signature: Element;
}

/** Whether this certificate's key has signed it. RSA-PSS, whose parameters stand apart, is not known here and is a no. */
export function isSignedWith({ x509 }: Certificate, { content, algorithm, signature }: SignedParts): boolean {
  const oid = readOid(childAt(algorithm, 0));
  const { hash } = signatureAlgorithm(oid);
  const isEdwards = oid === "1.3.101.112" || oid === "1.3.101.113";
  if (hash === undefined && !isEdwards) return false;
  try {
    return verify(hash ?? null, content.raw, x509.publicKey, readBits(signature));
  } catch {
    // A key of another kind than the signature.
    return false;
  }
}
