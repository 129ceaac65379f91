import { createPrivateKey, webcrypto } from "node:crypto";
import { loadX509 } from "../src/playground/kubernetes/tls/x509-library.ts";

/** PEM of a certificate and its key, made for one test run. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateSpec {
  readonly name: string;
  /** Subject alternative names; default localhost and 127.0.0.1. */
  readonly names?: readonly { readonly type: "dns" | "ip"; readonly value: string }[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly isAuthority?: boolean;
}

const key = { name: "ECDSA", namedCurve: "P-256" } as const;
const signature = { name: "ECDSA", hash: "SHA-256" } as const;
const dayMs = 24 * 3600 * 1000;
export const daysFromNow = (days: number): Date => new Date(Date.now() + days * dayMs);

/** An authority that issues certificates; `issuer` makes it an intermediate. */
export class TestAuthority implements Identity {
  readonly cert: string;
  readonly key: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #name: string;

  private constructor(identity: Identity, keys: webcrypto.CryptoKeyPair, name: string) {
    this.cert = identity.cert;
    this.key = identity.key;
    this.#keys = keys;
    this.#name = name;
  }

  static async create(
    name: string,
    issuer?: TestAuthority,
    dates: Pick<CertificateSpec, "notBefore" | "notAfter"> = {},
  ): Promise<TestAuthority> {
    const keys = await generate();
    const cert = await make(
      { name, isAuthority: true, ...dates },
      keys,
      issuer === undefined ? { keys, name } : { keys: issuer.#keys, name: issuer.#name },
    );
    return new TestAuthority({ cert, key: await pem(keys.privateKey) }, keys, name);
  }

  async issue(spec: CertificateSpec): Promise<Identity> {
    const keys = await generate();
    return { cert: await make(spec, keys, { keys: this.#keys, name: this.#name }), key: await pem(keys.privateKey) };
  }
}

/** A certificate signed by its own key. */
export async function selfSigned(spec: CertificateSpec): Promise<Identity> {
  const keys = await generate();
  return { cert: await make(spec, keys, { keys, name: spec.name }), key: await pem(keys.privateKey) };
}

/** The key as encrypted PKCS#8. */
export function encryptKey(keyPem: string, passphrase: string): string {
  return createPrivateKey(keyPem).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
}

async function make(
  spec: CertificateSpec,
  keys: webcrypto.CryptoKeyPair,
  issuer: { keys: webcrypto.CryptoKeyPair; name: string },
): Promise<string> {
  const x509 = await loadX509();
  const {
    names = [
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
    ],
    isAuthority = false,
  } = spec;
  const usage = isAuthority ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${spec.name}`,
    issuer: `CN=${issuer.name}`,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: signature,
    notBefore: spec.notBefore ?? daysFromNow(-1),
    notAfter: spec.notAfter ?? daysFromNow(30),
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      new x509.KeyUsagesExtension(usage, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...(isAuthority ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(key, true, ["sign", "verify"]);
}

async function pem(privateKey: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${(pkcs8.match(/.{1,64}/g) ?? []).join("\n")}\n-----END PRIVATE KEY-----\n`;
}
