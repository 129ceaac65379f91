import { childAt, childrenOf, readDer, tags, type Element } from "../asn1/der.ts";
import { readOid, readTime } from "../asn1/values.ts";
import type { Certificate } from "../certificate/certificate.ts";
import type { RevocationStatus } from "../rules/revocation.ts";
import { day } from "../rules/words.ts";
import { revocationReason } from "./reasons.ts";
import { isSignedWith } from "./signed-by.ts";

export interface RevocationQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly nowMs: number;
}

const isTime = ({ tag }: Element): boolean => tag === 0x17 || tag === 0x18;

/** What a list of revocations (RFC 5280 5) says of a certificate. Bytes of any kind may come: what is no list is unusable. */
export function readCrl(bytes: Buffer, { certificate, issuer, nowMs }: RevocationQuestion): RevocationStatus {
  try {
    const [content, algorithm, signature] = childrenOf(readDer(bytes), tags.sequence);
    if (content === undefined || algorithm === undefined || signature === undefined) return unusable("is no list of revocations");
    if (!isSignedWith(issuer, { content, algorithm, signature })) return unusable("is not signed by the certificate's issuer");
    const fields = childrenOf(content, tags.sequence);
    const at = fields.findIndex(isTime);
    const [, next] = fields.slice(at, at + 2);
    const list = fields.slice(at + 1).find(({ tag }) => tag === tags.sequence);
    const entry =
      list === undefined ? undefined : childrenOf(list).find((each) => serialOf(childAt(each, 0)) === certificate.x509.serialNumber);
    if (entry !== undefined) return revoked(entry);
    const nextMs = next !== undefined && isTime(next) ? readTime(next) : undefined;
    if (nextMs !== undefined && nextMs < nowMs) return unusable(`is out of date since ${day(nextMs)}`);
    return { source: "CRL", status: "good" };
  } catch {
    return unusable("cannot be read");
  }
}

function revoked(entry: Element): RevocationStatus {
  const [, date, extensions] = childrenOf(entry);
  const reason = extensions === undefined ? undefined : childrenOf(extensions).find((each) => readOid(childAt(each, 0)) === "2.5.29.21");
  const code = reason === undefined ? undefined : readDer(childrenOf(reason).at(-1)?.content ?? Buffer.alloc(0)).content[0];
  return { source: "CRL", status: "revoked", revokedAtMs: date === undefined ? undefined : readTime(date), reason: revocationReason(code) };
}

/** As Node writes serial numbers: upper-case hexadecimal without the zero byte that keeps it positive. */
export function serialOf({ content }: Element): string {
  return content
    .toString("hex")
    .replace(/^(00)+(?=..)/, "")
    .toUpperCase();
}

function unusable(problem: string): RevocationStatus {
  return { source: "CRL", status: "unusable", problem };
}
