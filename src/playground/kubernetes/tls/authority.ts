import { webcrypto } from "node:crypto";
import { loadX509, type X509Library } from "./x509-library.ts";

/** A certificate and its key, as PEM. */
export interface CertificatePair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Whom a client certificate names: the user is its CN, the groups are its O. */
export interface CertificateSubject {
  readonly name: string;
  readonly groups?: readonly string[];
}

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING_ALGORITHM = { name: "ECDSA", hash: "SHA-256" } as const;
const DAY_MS = 24 * 3600 * 1000;

type KeyPair = webcrypto.CryptoKeyPair;

/** A certificate authority of its own, alive as long as the process. */
export class Authority {
  readonly certPem: string;
  readonly #x509: X509Library;
  readonly #keys: KeyPair;
  readonly #name: string;

  private constructor(x509: X509Library, keys: KeyPair, certificate: { readonly pem: string; readonly name: string }) {
    this.#x509 = x509;
    this.#keys = keys;
    this.certPem = certificate.pem;
    this.#name = certificate.name;
  }

  /** Throws with the package to install when it is missing. */
  static async create(): Promise<Authority> {
    const x509 = await loadX509();
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: "CN=errand playground CA",
      keys,
      signingAlgorithm: SIGNING_ALGORITHM,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + 30 * DAY_MS),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(x509, keys, { pem: certificate.toString("pem"), name: certificate.subject });
  }

  /** For a server on 127.0.0.1, ::1 and localhost. */
  issueServer(): Promise<CertificatePair> {
    const names = [
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
      { type: "ip", value: "::1" },
    ] as const;
    return this.#issue([{ CN: ["localhost"] }], (x509) => [
      new x509.SubjectAlternativeNameExtension([...names]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ]);
  }

  issueClient({ name, groups = [] }: CertificateSubject): Promise<CertificatePair> {
    const organizations = groups.map((group) => ({ O: [group] }));
    return this.#issue([...organizations, { CN: [name] }], (x509) => [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ]);
  }

  async #issue(
    subject: Record<string, string[]>[],
    extensions: (x509: X509Library) => InstanceType<X509Library["Extension"]>[],
  ): Promise<CertificatePair> {
    const keys = await generateKeys();
    const certificate = await this.#x509.X509CertificateGenerator.create({
      subject,
      issuer: this.#name,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: SIGNING_ALGORITHM,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + 30 * DAY_MS),
      extensions: [
        new this.#x509.BasicConstraintsExtension(false, undefined, true),
        new this.#x509.KeyUsagesExtension(this.#x509.KeyUsageFlags.digitalSignature, true),
        await this.#x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...extensions(this.#x509),
      ],
    });
    return { certPem: certificate.toString("pem"), keyPem: await exportKey(keys.privateKey) };
  }
}

function generateKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${(pkcs8.match(/.{1,64}/g) ?? []).join("\n")}\n-----END PRIVATE KEY-----\n`;
}
