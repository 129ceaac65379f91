import { X509Certificate } from "node:crypto";
import { childrenOf, contextTag, MalformedDer, readDer, tags, type Element } from "../asn1/der.ts";
import { readOid, readTime } from "../asn1/values.ts";
import type { CertificateSummary } from "../diagnosis.ts";
import { keyFacts, signatureAlgorithm, type KeyFacts } from "./algorithms.ts";
import { readExtensions, type Extensions } from "./extensions.ts";
import { readName, showGeneralName, type DistinguishedName } from "./general-names.ts";

/** A certificate with what Node's X509Certificate leaves out. */
export interface Certificate extends Extensions {
  readonly x509: X509Certificate;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Subject and issuer are the same name. */
  readonly isSelfIssued: boolean;
  /** ... and its own key has signed it. */
  readonly isSelfSigned: boolean;
  readonly key: KeyFacts;
  readonly signatureAlgorithm: string;
  /** `sha1`, or undefined where the algorithm has none of its own. */
  readonly signatureHash: string | undefined;
  readonly fingerprint: string;
  /** The DER of the subject's name and the bits of its key, which OCSP hashes (RFC 6960 4.1.1). */
  readonly subjectDer: Buffer;
  readonly keyDer: Buffer;
}

/** Reads PEM, DER, or what Node has read already. @throws where it is no certificate. */
export function readCertificate(source: X509Certificate | string | Buffer): Certificate {
  const x509 = source instanceof X509Certificate ? source : new X509Certificate(source);
  const [tbs, algorithm] = childrenOf(readDer(x509.raw), tags.sequence);
  if (tbs === undefined || algorithm === undefined) throw new MalformedDer("no certificate");
  const fields = childrenOf(tbs, tags.sequence);
  // RFC 5280 4.1: version [0] is absent in the first version.
  const [, , issuer, validity, subject, key] = fields[0]?.tag === contextTag(0) ? fields.slice(1) : fields;
  if (issuer === undefined || validity === undefined || subject === undefined || key === undefined)
    throw new MalformedDer("no certificate");
  const [from, to] = childrenOf(validity).map(readTime);
  const extensions = fields.find(({ tag }) => tag === contextTag(3));
  const signed = signatureAlgorithm(readOid(childrenOf(algorithm)[0] ?? algorithm));
  const isSelfIssued = sameName(x509.subject, x509.issuer);
  return {
    x509,
    subject: readName(subject),
    issuer: readName(issuer),
    validFromMs: from ?? 0,
    validToMs: to ?? 0,
    isSelfIssued,
    isSelfSigned: isSelfIssued && isSignedBy(x509, x509),
    key: keyFacts(x509),
    signatureAlgorithm: signed.name,
    signatureHash: signed.hash,
    fingerprint: x509.fingerprint256.replaceAll(":", "").toLowerCase(),
    subjectDer: subject.raw,
    keyDer: key.raw,
    ...readExtensions(extensions === undefined ? [] : listIn(extensions)),
  };
}

function listIn(extensions: Element): readonly Element[] {
  return childrenOf(extensions).flatMap((list) => childrenOf(list, tags.sequence));
}

/** RFC 5280 7.1: without regard to case and to how much space there is. */
export function sameName(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}

export function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/[^\S\n]+/g, " ");
}

/** Whether the issuer's key has signed it; a key of a kind that cannot have is a no. */
export function isSignedBy(x509: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return x509.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** For reports and `--json`. `position` is the place in the chain as sent. */
export function summarize(certificate: Certificate, position: number): CertificateSummary {
  const { subject, issuer, x509, validFromMs, validToMs, names, key, signatureAlgorithm, fingerprint } = certificate;
  return {
    position,
    subject: subject.text,
    issuer: issuer.text,
    serial: x509.serialNumber,
    validFrom: new Date(validFromMs).toISOString(),
    validTo: new Date(validToMs).toISOString(),
    names: names.map(showGeneralName),
    key: key.text,
    signatureAlgorithm,
    fingerprint,
  };
}
