import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Finding } from "./diagnosis.ts";
import { identityFinding, type IdentityProblem } from "./rules/environment.ts";
import { certificatesIn } from "./trust.ts";

/** A client certificate and key that belong together. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string | undefined;
}

export interface IdentityOptions {
  /** Paths or PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** Reads and checks them: no Node program says as clearly what is wrong with which file. */
export function readIdentity({ cert, key, passphrase }: IdentityOptions): {
  readonly identity: Identity | undefined;
  readonly findings: readonly Finding[];
} {
  if (cert === undefined && key === undefined) return { identity: undefined, findings: [] };
  if (cert === undefined || key === undefined) return failed("incomplete", "");
  const certPem = readText(cert);
  const keyPem = readText(key);
  const first = certPem === undefined ? undefined : certificatesIn(certPem)[0];
  const x509 = first === undefined ? undefined : attempt(() => new X509Certificate(first));
  if (certPem === undefined || x509 === undefined) return failed("certificate-unreadable", nameOf(cert));
  if (keyPem === undefined || !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(keyPem)) return failed("key-unreadable", nameOf(key));
  const privateKey = attempt(() => createPrivateKey({ key: keyPem, ...(passphrase === undefined ? {} : { passphrase }) }));
  if (privateKey === undefined) return failed(keyProblem(keyPem, passphrase), nameOf(key));
  if (!x509.checkPrivateKey(privateKey)) return failed("mismatch", nameOf(key));
  return { identity: { cert: certPem, key: keyPem, passphrase }, findings: [] };
}

function keyProblem(pem: string, passphrase: string | undefined): IdentityProblem {
  if (!pem.includes("ENCRYPTED")) return "key-unreadable";
  return passphrase === undefined ? "passphrase-missing" : "passphrase-wrong";
}

function failed(problem: IdentityProblem, file: string): { readonly identity: undefined; readonly findings: readonly Finding[] } {
  return { identity: undefined, findings: [identityFinding(problem, file)] };
}

/** PEM text has no name; its content must not reach a message. */
function nameOf(value: string): string {
  return value.includes("-----BEGIN") ? "" : value;
}

function readText(value: string): string | undefined {
  return value.includes("-----BEGIN") ? value : attempt(() => readFileSync(value, "utf8"));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // What cannot be read is a finding, not an error: the caller says which.
    return undefined;
  }
}
