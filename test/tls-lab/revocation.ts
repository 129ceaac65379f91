import { createHash, type X509Certificate } from "node:crypto";
import { childAt, childrenOf, contextTag, readDer } from "../../src/tls/asn1/der.ts";
import { readBits } from "../../src/tls/asn1/values.ts";
import { write, writeOid } from "../../src/tls/asn1/write.ts";
import { inDays, signatureAlgorithm, signed, time, type Issued } from "./issue.ts";

function fieldsOf(certificate: X509Certificate) {
  const fields = childrenOf(childAt(readDer(certificate.raw), 0));
  const [serial, , issuer, , subject, key] = fields[0]?.tag === contextTag(0) ? fields.slice(1) : fields;
  if (serial === undefined || issuer === undefined || subject === undefined || key === undefined) throw new Error("no certificate");
  return { serial, issuer, subject, key };
}

export interface Revocation {
  readonly daysAgo: number;
  /** CRLReason of RFC 5280. */
  readonly reason: number;
}

/** A list that names the certificate, or none. */
export function makeCrl(
  issuer: Issued,
  about: Issued,
  { revoked, nextDays = 7 }: { readonly revoked?: Revocation; readonly nextDays?: number },
): Buffer {
  const { serial, issuer: name } = fieldsOf(about.x509);
  const reason = (code: number): Buffer => write(0x30, write(0x30, writeOid("2.5.29.21"), write(0x04, write(0x0a, Buffer.from([code])))));
  const entries =
    revoked === undefined ? [] : [write(0x30, write(0x30, serial.raw, time(inDays(-revoked.daysAgo)), reason(revoked.reason)))];
  return signed(
    write(0x30, write(0x02, Buffer.from([1])), signatureAlgorithm, name.raw, time(inDays(-8)), time(inDays(nextDays)), ...entries),
    issuer,
  );
}

/** An answer about the certificate, signed by its issuer or by a delegate. */
export function makeOcsp(
  issuer: Issued,
  about: Issued,
  { revoked, delegate }: { readonly revoked?: Revocation; readonly delegate?: Issued } = {},
): Buffer {
  const { subject, key } = fieldsOf(issuer.x509);
  const hash = (bytes: Buffer): Buffer => write(0x04, createHash("sha256").update(bytes).digest());
  const algorithm = write(0x30, writeOid("2.16.840.1.101.3.4.2.1"));
  const certId = write(0x30, algorithm, hash(subject.raw), hash(readBits(childAt(key, 1))), fieldsOf(about.x509).serial.raw);
  const status =
    revoked === undefined
      ? write(0x80)
      : write(0xa1, time(inDays(-revoked.daysAgo)), write(0xa0, write(0x0a, Buffer.from([revoked.reason]))));
  const single = write(0x30, certId, status, time(inDays(-1)), write(0xa0, time(inDays(6))));
  const content = write(0x30, write(0xa1, subject.raw), time(inDays(-1)), write(0x30, single));
  const basic = signed(content, delegate ?? issuer, ...(delegate === undefined ? [] : [write(0xa0, write(0x30, delegate.x509.raw))]));
  return write(0x30, write(0x0a, Buffer.from([0])), write(0xa0, write(0x30, writeOid("1.3.6.1.5.5.7.48.1.1"), write(0x04, basic))));
}
