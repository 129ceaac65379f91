import { X509Certificate } from "node:crypto";
import { canonical, readCertificate, type Certificate } from "../certificate/certificate.ts";

/** The certificates that are trusted, by subject. */
export interface TrustStore {
  readonly size: number;
  /** Those whose subject is this name. */
  bySubject(name: string): readonly Certificate[];
  has(certificate: Certificate): boolean;
}

/** Reads no more of each certificate than its subject until it is asked for. PEM that is no certificate is left out: whoever read the file has said so. */
export function trustStore(pems: readonly string[]): TrustStore {
  const subjects = new Map<string, X509Certificate[]>();
  for (const pem of pems) {
    const x509 = tryRead((text: string) => new X509Certificate(text), pem);
    if (x509 === undefined) continue;
    const key = canonical(x509.subject ?? "");
    subjects.set(key, [...(subjects.get(key) ?? []), x509]);
  }
  const bySubject = (name: string): readonly Certificate[] =>
    (subjects.get(canonical(name)) ?? []).flatMap((x509) => tryRead(readCertificate, x509) ?? []);
  return {
    size: pems.length,
    bySubject,
    has: ({ x509, fingerprint }) => bySubject(x509.subject).some((trusted) => trusted.fingerprint === fingerprint),
  };
}

function tryRead<From, To>(read: (from: From) => To, from: From): To | undefined {
  try {
    return read(from);
  } catch {
    return undefined;
  }
}
