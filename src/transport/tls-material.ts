import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import { ConfigError } from "../errors/index.ts";
import { isSecret, openSecret, type Secret } from "../secrets/index.ts";
import { certificatesIn, defaultRoots, readCertificates, systemCode } from "../tls/trust.ts";

/** What to trust and how to identify oneself. PEM text works wherever a path does. */
export interface TLSOptions {
  /** Certificates of authorities: a path or PEM text, or several. */
  readonly ca?: string | readonly string[];
  /** `"add"` trusts `ca` beside the default roots, `"only"` instead of them. @default "add" */
  readonly roots?: "add" | "only";
  /** Client certificate, with its intermediates after it. Needs `key`. */
  readonly cert?: string;
  /** The client certificate's private key. */
  readonly key?: string | Secret;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string | Secret;
  /** `false` accepts any certificate: warns once per origin and is recorded. @default true */
  readonly verify?: boolean;
  /** The name to ask for and to check, instead of the URL's host. */
  readonly servername?: string;
}

/** {@link TLSOptions} read and checked, ready for a handshake. */
export interface TLSMaterial {
  readonly context: SecureContext;
  readonly isVerified: boolean;
  readonly servername: string | undefined;
}

/** Of sessions that trust what is trusted by default and have no certificate of their own: made once. */
let defaultContext: SecureContext | undefined;

/** Reads files and keys once per session, at its first https connection. */
export async function loadTLSMaterial(options: TLSOptions): Promise<TLSMaterial> {
  const { ca, cert, key, roots = "add", verify = true, servername } = options;
  if (ca === undefined && cert === undefined && key === undefined && roots === "add") {
    defaultContext ??= createSecureContext({ ca: [...defaultRoots()], minVersion: "TLSv1.2" });
    return { context: defaultContext, isVerified: verify, servername };
  }
  const given = (typeof ca === "string" ? [ca] : (ca ?? [])).flatMap((entry) => authority(entry));
  if (roots === "only" && given.length === 0) {
    throw new ConfigError({
      code: "ERR_TLS_MATERIAL",
      message: 'tls.roots is "only" but tls.ca gives no certificate',
      hint: "Give tls.ca, or leave roots out.",
    });
  }
  const trusted = roots === "only" ? given : [...defaultRoots(), ...given];
  const identity = cert === undefined && key === undefined ? undefined : await loadIdentity(options);
  return { context: createSecureContext({ ca: trusted, minVersion: "TLSv1.2", ...identity }), isVerified: verify, servername };
}

function authority(entry: string): readonly string[] {
  if (!entry.includes("-----BEGIN")) return readCertificates(entry, "tls.ca");
  const certificates = certificatesIn(entry);
  if (certificates.length > 0) return certificates;
  throw material("tls.ca", "the PEM text holds no certificate", { hint: "A CA is a CERTIFICATE block, not a key." });
}

async function loadIdentity({ cert, key, passphrase }: TLSOptions): Promise<{ cert: string; key: string; passphrase?: string }> {
  if (cert === undefined || key === undefined) {
    throw material(cert === undefined ? "tls.cert" : "tls.key", "is missing", {
      hint: "A client certificate needs both tls.cert and tls.key.",
    });
  }
  const certPem = pem(cert, "tls.cert");
  const keyPem = pem(isSecret(key) ? await openSecret(key) : key, "tls.key");
  const password = passphrase === undefined ? undefined : isSecret(passphrase) ? await openSecret(passphrase) : passphrase;
  checkPair(certPem, keyPem, password);
  return { cert: certPem, key: keyPem, ...(password === undefined ? {} : { passphrase: password }) };
}

function pem(value: string, option: string): string {
  if (value.includes("-----BEGIN")) return value;
  try {
    const text = readFileSync(value, "utf8");
    if (text.includes("-----BEGIN")) return text;
  } catch (cause) {
    throw material(option, `cannot read ${value} (${systemCode(cause)})`, { hint: "Check the path and its permissions.", cause });
  }
  throw material(option, `${value} is not PEM`, {
    hint: "Convert it: openssl x509 -inform der -in FILE, or openssl pkcs12 -in FILE -nodes.",
  });
}

function checkPair(certPem: string, keyPem: string, passphrase: string | undefined): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certPem);
  } catch (cause) {
    throw material("tls.cert", "is not a readable certificate", { hint: "Check it: openssl x509 -in FILE -noout -subject", cause });
  }
  let privateKey;
  try {
    privateKey = createPrivateKey({ key: keyPem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const isEncrypted = keyPem.includes("ENCRYPTED");
    const problem = isEncrypted
      ? passphrase === undefined
        ? "is encrypted and no tls.passphrase is given"
        : "does not open with the given tls.passphrase"
      : "is not a readable private key";
    throw material("tls.key", problem, { hint: "Check it: openssl pkey -in FILE -noout", cause });
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw material("tls.key", "does not belong to tls.cert", { hint: "Give the key that the certificate was issued for." });
  }
}

function material(option: string, problem: string, { hint, cause }: { readonly hint: string; readonly cause?: unknown }): ConfigError {
  return new ConfigError({ code: "ERR_TLS_MATERIAL", message: `${option} ${problem}`, hint, cause });
}
