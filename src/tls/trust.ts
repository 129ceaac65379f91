import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { ConfigError } from "../errors/index.ts";

const pemCertificate = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** The PEM certificates in a text, one string each. */
export function certificatesIn(pem: string): string[] {
  return pem.match(pemCertificate) ?? [];
}

/** Reads a file of PEM certificates; a file without one is an error, never silently nothing. */
export function readCertificates(path: string, option: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ConfigError({
      code: "ERR_TLS_MATERIAL",
      message: `${option}: cannot read ${path} (${systemCode(cause)})`,
      hint: "Check the path and its permissions.",
      cause,
      file: path,
    });
  }
  const certificates = certificatesIn(text);
  if (certificates.length === 0) {
    throw new ConfigError({
      code: "ERR_TLS_MATERIAL",
      message: `${option}: no certificates in ${path}`,
      hint: 'It must be PEM ("-----BEGIN CERTIFICATE-----"); convert DER with: openssl x509 -inform der -in FILE -out FILE.pem',
      file: path,
    });
  }
  return certificates;
}

/** `ENOENT` and the like. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}

let defaults: readonly string[] | undefined;

/**
 * The certificates trusted without an option: Node's roots, the system's store, `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE` and `SSL_CERT_DIR`.
 *
 * Read once per process, as OpenSSL does.
 */
export function defaultRoots(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  if (defaults !== undefined && env === process.env) return defaults;
  const file = env["SSL_CERT_FILE"];
  const directories = env["SSL_CERT_DIR"];
  const list = distinct([
    ...getCACertificates("bundled"),
    ...systemRoots(),
    ...getCACertificates("extra"),
    ...(file === undefined || file === "" ? [] : readCertificates(file, "SSL_CERT_FILE")),
    ...(directories === undefined ? [] : directories.split(":").flatMap(certificatesInDirectory)),
  ]);
  if (env === process.env) defaults = list;
  return list;
}

/** Where Linux distributions keep all roots in one file: Debian and Alpine, Red Hat, SUSE. */
const bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/** Node reads every file of the directory, bundle and links to it included: a hundred milliseconds of each script that uses https. */
function systemRoots(): readonly string[] {
  for (const bundle of process.platform === "linux" ? bundles : []) {
    try {
      const certificates = certificatesIn(readFileSync(bundle, "utf8"));
      if (certificates.length > 0) return certificates;
    } catch {
      // Another distribution: the next place, and at the end Node's own search.
    }
  }
  return getCACertificates("system");
}

/** Each certificate once, however its lines are broken: every one costs its part of each context. */
function distinct(certificates: readonly string[]): readonly string[] {
  const byContent = new Map<string, string>();
  for (const certificate of certificates) {
    const content = certificate.replaceAll(/\s/g, "");
    if (!byContent.has(content)) byContent.set(content, certificate);
  }
  return [...byContent.values()];
}

/** OpenSSL ignores what is not a certificate in SSL_CERT_DIR; so do we, except that the directory itself must be readable. */
function certificatesInDirectory(directory: string): string[] {
  if (directory === "") return [];
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new ConfigError({
      code: "ERR_TLS_MATERIAL",
      message: `SSL_CERT_DIR: cannot read ${directory}`,
      hint: "Check the variable.",
      cause,
      file: directory,
    });
  }
  return names.flatMap((name) => {
    try {
      return certificatesIn(readFileSync(join(directory, name), "utf8"));
    } catch {
      // A dangling hash link or a subdirectory: skipped as OpenSSL does.
      return [];
    }
  });
}
