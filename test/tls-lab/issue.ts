import { createPrivateKey, sign, webcrypto, X509Certificate } from "node:crypto";
import { loadX509 } from "../../src/playground/kubernetes/tls/x509-library.ts";
import { write, writeOid } from "../../src/tls/asn1/write.ts";

export type Extension = { readonly oid: string; readonly isCritical: boolean; readonly value: Buffer };

export interface CertificateSpec {
  readonly subject: string;
  /** Default: signs itself. */
  readonly issuer?: Issued | undefined;
  readonly days?: readonly [from: number, to: number];
  readonly extensions?: readonly Extension[];
  readonly key?: "P-256" | "RSA 2048" | "RSA 1024" | "RSA 512";
  readonly hash?: "SHA-1" | "SHA-256";
  /** Another name of the issuer than its own. */
  readonly issuerName?: string;
  /** Whose keys it has, instead of its own. */
  readonly keysOf?: Issued;
}

export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly x509: X509Certificate;
  readonly subject: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

const dayMs = 86_400_000;
export const inDays = (days: number): Date => new Date(Date.now() + days * dayMs);

/** A certificate of any shape, its extensions given as bytes: also such as no authority would issue. */
export async function issue(spec: CertificateSpec): Promise<Issued> {
  const { subject, issuer, days = [-30, 60], extensions = [], key = "P-256", hash = "SHA-256" } = spec;
  const x509 = await loadX509();
  const keys = spec.keysOf?.keys ?? (await keyPair(key));
  const signingKey = (issuer?.keys ?? keys).privateKey;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: spec.issuerName ?? issuer?.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: signingKey.algorithm.name === "ECDSA" ? { name: "ECDSA", hash } : { name: "RSASSA-PKCS1-v1_5", hash },
    notBefore: inDays(days[0]),
    notAfter: inDays(days[1]),
    extensions: extensions.map(({ oid, isCritical, value }) => new x509.Extension(oid, isCritical, value)),
  });
  const cert = `${certificate.toString("pem")}\n`;
  return { cert, key: await pem(keys.privateKey), x509: new X509Certificate(cert), subject, keys };
}

/** Keys of RSA take their time: one of each size is enough. */
const rsaKeys = new Map<number, Promise<webcrypto.CryptoKeyPair>>();

function keyPair(kind: NonNullable<CertificateSpec["key"]>): Promise<webcrypto.CryptoKeyPair> {
  if (kind === "P-256") return webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const modulusLength = Number(kind.slice(4));
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const keys = rsaKeys.get(modulusLength) ?? webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  rsaKeys.set(modulusLength, keys);
  return keys;
}

async function pem(privateKey: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ type: "pkcs8", format: "pem" }).toString();
}

const extension = (oid: string, value: Buffer, isCritical = false): Extension => ({ oid, isCritical, value });
const yes = write(0x01, Buffer.from([0xff]));
const names = (list: readonly Buffer[]): Buffer => write(0x30, ...list);
export const dnsName = (name: string): Buffer => write(0x82, Buffer.from(name));
export const ipName = (...bytes: readonly number[]): Buffer => write(0x87, Buffer.from(bytes));
const uri = (url: string): Buffer => write(0x86, Buffer.from(url));

export const altNames = (...list: readonly (string | Buffer)[]): Extension =>
  extension("2.5.29.17", names(list.map((name) => (typeof name === "string" ? dnsName(name) : name))));
export const authority = (pathLength?: number): Extension =>
  extension("2.5.29.19", write(0x30, yes, ...(pathLength === undefined ? [] : [write(0x02, Buffer.from([pathLength]))])), true);
export const noAuthority = (): Extension => extension("2.5.29.19", write(0x30), true);
/** The first byte of the bits: 0x80 digitalSignature, 0x04 keyCertSign, 0x02 cRLSign. */
export const keyUsage = (bits: number): Extension => extension("2.5.29.15", write(0x03, Buffer.from([0, bits])), true);
export const extendedKeyUsage = (...oids: readonly string[]): Extension => extension("2.5.29.37", write(0x30, ...oids.map(writeOid)));
export const nameConstraints = (permitted: readonly Buffer[], excluded: readonly Buffer[] = []): Extension => {
  const list = (tag: number, trees: readonly Buffer[]): Buffer[] =>
    trees.length === 0 ? [] : [write(tag, ...trees.map((tree) => write(0x30, tree)))];
  return extension("2.5.29.30", write(0x30, ...list(0xa0, permitted), ...list(0xa1, excluded)), true);
};
export const access = ({ issuer, ocsp }: { readonly issuer?: string; readonly ocsp?: string }): Extension => {
  const place = (method: string, url: string | undefined): Buffer[] => (url === undefined ? [] : [write(0x30, writeOid(method), uri(url))]);
  return extension("1.3.6.1.5.5.7.1.1", write(0x30, ...place("1.3.6.1.5.5.7.48.1", ocsp), ...place("1.3.6.1.5.5.7.48.2", issuer)));
};
export const revocationList = (url: string): Extension =>
  extension("2.5.29.31", write(0x30, write(0x30, write(0xa0, write(0xa0, uri(url))))));
export const mustStaple = (): Extension => extension("1.3.6.1.5.5.7.1.24", write(0x30, write(0x02, Buffer.from([5]))));
export const custom = (oid: string, value: Buffer, isCritical: boolean): Extension => extension(oid, value, isCritical);

/** The usual shape of authorities and of servers. */
export const caExtensions = (pathLength?: number): readonly Extension[] => [authority(pathLength), keyUsage(0x06)];
export const serverExtensions = (...list: readonly (string | Buffer)[]): readonly Extension[] => [
  noAuthority(),
  keyUsage(0x80),
  extendedKeyUsage("1.3.6.1.5.5.7.3.1"),
  altNames(...(list.length === 0 ? ["localhost", ipName(127, 0, 0, 1)] : list)),
];

const ecdsaSha256 = write(0x30, writeOid("1.2.840.10045.4.3.2"));
export const time = (date: Date): Buffer => write(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, "")));

/** `SEQUENCE { content, algorithm, signature }`, signed by a P-256 key. */
export function signed(content: Buffer, signer: Issued, ...after: readonly Buffer[]): Buffer {
  return write(0x30, content, ecdsaSha256, write(0x03, Buffer.from([0]), sign("sha256", content, signer.key)), ...after);
}

export const signatureAlgorithm = ecdsaSha256;
