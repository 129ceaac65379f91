import { createHash } from "node:crypto";
import { childAt, childrenOf, contextTag, readDer, tags, type Element } from "../asn1/der.ts";
import { readBits, readOid, readTime } from "../asn1/values.ts";
import { write, writeOid } from "../asn1/write.ts";
import { isSignedBy, readCertificate, type Certificate } from "../certificate/certificate.ts";
import type { RevocationStatus } from "../rules/revocation.ts";
import { day } from "../rules/words.ts";
import { serialOf, type RevocationQuestion } from "./crl.ts";
import { revocationReason } from "./reasons.ts";
import { isSignedWith } from "./signed-by.ts";

type Source = "OCSP" | "stapled OCSP";

const hashes: Readonly<Record<string, string>> = { "1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256" };
const ocspSigning = "1.3.6.1.5.5.7.3.9";

/** A question about one certificate (RFC 6960 4.1), with SHA-1 hashes as every responder has to know them. */
export function ocspRequest({ certificate, issuer }: Pick<RevocationQuestion, "certificate" | "issuer">): Buffer {
  const serial = Buffer.from(certificate.x509.serialNumber, "hex");
  const positive = (serial[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial;
  const { name, key } = issuerHashes(issuer, "sha1");
  const algorithm = write(0x30, writeOid("1.3.14.3.2.26"), write(0x05));
  const certId = write(0x30, algorithm, write(0x04, name), write(0x04, key), write(0x02, positive));
  return write(0x30, write(0x30, write(0x30, write(0x30, certId))));
}

function issuerHashes(issuer: Certificate, hash: string): { readonly name: Buffer; readonly key: Buffer } {
  const bits = readBits(childAt(readDer(issuer.keyDer), 1));
  return { name: createHash(hash).update(issuer.subjectDer).digest(), key: createHash(hash).update(bits).digest() };
}

/** What an OCSP answer says of a certificate. Bytes of any kind may come: what is no answer is unusable. */
export function readOcsp(bytes: Buffer, question: RevocationQuestion, source: Source): RevocationStatus {
  const unusable = (problem: string): RevocationStatus => ({ source, status: "unusable", problem });
  try {
    const [status, wrapped] = childrenOf(readDer(bytes), tags.sequence);
    if (status?.content[0] !== 0 || wrapped === undefined) return unusable(`is an error (status ${status?.content[0] ?? "unknown"})`);
    const [content, algorithm, signature, certificates] = childrenOf(readDer(childAt(childAt(wrapped, 0), 1).content), tags.sequence);
    if (content === undefined || algorithm === undefined || signature === undefined) return unusable("is no answer");
    const signers = [question.issuer, ...delegates(certificates, question.issuer)];
    if (!signers.some((signer) => isSignedWith(signer, { content, algorithm, signature })))
      return unusable("is not signed by the certificate's issuer");
    const single = responsesIn(content).find((response) => isAbout(childAt(response, 0), question));
    return single === undefined ? unusable("is about another certificate") : readSingle(single, question.nowMs, source);
  } catch {
    return unusable("cannot be read");
  }
}

/** RFC 6960 4.2.2.2: certificates the issuer has issued for signing answers. */
function delegates(certificates: Element | undefined, issuer: Certificate): readonly Certificate[] {
  if (certificates?.tag !== contextTag(0)) return [];
  return childrenOf(childAt(certificates, 0))
    .map(({ raw }) => readCertificate(raw))
    .filter(({ x509, extendedKeyUsage }) => extendedKeyUsage?.includes(ocspSigning) === true && isSignedBy(x509, issuer.x509));
}

/** ResponseData: a version perhaps, who, when, then the sequence of responses. */
function responsesIn(content: Element): readonly Element[] {
  const list = childrenOf(content, tags.sequence).find(({ tag }) => tag === tags.sequence);
  return list === undefined ? [] : childrenOf(list);
}

function isAbout(certId: Element, { certificate, issuer }: RevocationQuestion): boolean {
  const [algorithm, name, key, serial] = childrenOf(certId, tags.sequence);
  const hash = algorithm === undefined ? undefined : hashes[readOid(childAt(algorithm, 0))];
  if (hash === undefined || name === undefined || key === undefined || serial === undefined) return false;
  const expected = issuerHashes(issuer, hash);
  return serialOf(serial) === certificate.x509.serialNumber && name.content.equals(expected.name) && key.content.equals(expected.key);
}

function readSingle(response: Element, nowMs: number, source: Source): RevocationStatus {
  const [, status, , next] = childrenOf(response, tags.sequence);
  if (status?.tag === contextTag(1)) {
    const [date, reason] = childrenOf(status);
    const code = reason === undefined ? undefined : childAt(reason, 0).content[0];
    return { source, status: "revoked", revokedAtMs: date === undefined ? undefined : readTime(date), reason: revocationReason(code) };
  }
  const nextMs = next?.tag === contextTag(0) ? readTime(childAt(next, 0)) : undefined;
  if (nextMs !== undefined && nextMs < nowMs) return { source, status: "unusable", problem: `is out of date since ${day(nextMs)}` };
  return status?.tag === contextTag(0, false) ? { source, status: "good" } : { source, status: "unknown" };
}
