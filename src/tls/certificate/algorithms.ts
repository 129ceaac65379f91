import type { KeyObject, X509Certificate } from "node:crypto";

interface SignatureAlgorithm {
  readonly name: string;
  /** For crypto.verify; undefined where the algorithm has its own. */
  readonly hash: string | undefined;
}

const signatureAlgorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  "1.2.840.113549.1.1.2": { name: "MD2 with RSA", hash: "md2" },
  "1.2.840.113549.1.1.4": { name: "MD5 with RSA", hash: "md5" },
  "1.2.840.113549.1.1.5": { name: "SHA-1 with RSA", hash: "sha1" },
  "1.2.840.113549.1.1.10": { name: "RSA-PSS", hash: undefined },
  "1.2.840.113549.1.1.11": { name: "SHA-256 with RSA", hash: "sha256" },
  "1.2.840.113549.1.1.12": { name: "SHA-384 with RSA", hash: "sha384" },
  "1.2.840.113549.1.1.13": { name: "SHA-512 with RSA", hash: "sha512" },
  "1.2.840.113549.1.1.14": { name: "SHA-224 with RSA", hash: "sha224" },
  "1.2.840.10040.4.3": { name: "SHA-1 with DSA", hash: "sha1" },
  "2.16.840.1.101.3.4.3.2": { name: "SHA-256 with DSA", hash: "sha256" },
  "1.2.840.10045.4.1": { name: "SHA-1 with ECDSA", hash: "sha1" },
  "1.2.840.10045.4.3.1": { name: "SHA-224 with ECDSA", hash: "sha224" },
  "1.2.840.10045.4.3.2": { name: "SHA-256 with ECDSA", hash: "sha256" },
  "1.2.840.10045.4.3.3": { name: "SHA-384 with ECDSA", hash: "sha384" },
  "1.2.840.10045.4.3.4": { name: "SHA-512 with ECDSA", hash: "sha512" },
  "1.3.101.112": { name: "Ed25519", hash: undefined },
  "1.3.101.113": { name: "Ed448", hash: undefined },
};

export function signatureAlgorithm(oid: string): SignatureAlgorithm {
  return signatureAlgorithms[oid] ?? { name: oid, hash: undefined };
}

/** A public key in words, and how strong it is. */
export interface KeyFacts {
  /** `RSA 2048`, `EC P-256`. */
  readonly text: string;
  readonly isWeak: boolean;
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
  secp224r1: "P-224",
  prime192v1: "P-192",
};

/** Weak is what OpenSSL refuses at security level 2, the default of its version 3.2 and later: under 112 bits (NIST SP 800-57 5.6.1). */
export function keyFacts(x509: X509Certificate): KeyFacts {
  let key: KeyObject;
  try {
    key = x509.publicKey;
  } catch {
    // A kind of key this OpenSSL does not know: the verdict on the chain says so, and dates and names are still of use.
    return { text: "unknown", isWeak: false };
  }
  const type = key.asymmetricKeyType;
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (type === "ec") {
    const bits = Number(/\d{3}/.exec(namedCurve ?? "")?.[0] ?? 256);
    return { text: `EC ${curves[namedCurve ?? ""] ?? namedCurve}`, isWeak: bits < 224 };
  }
  if (modulusLength !== undefined) return { text: `${type === "dsa" ? "DSA" : "RSA"} ${modulusLength}`, isWeak: modulusLength < 2048 };
  return { text: type === undefined ? "unknown" : type.replace(/^ed/, "Ed"), isWeak: false };
}
