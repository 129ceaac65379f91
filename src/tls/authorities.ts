import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isConfigError } from "../errors/index.ts";
import type { Finding } from "./diagnosis.ts";
import { caFileFinding } from "./rules/environment.ts";
import { certificatesIn, defaultRoots } from "./trust.ts";

export interface AuthorityOptions {
  /** Paths of PEM files, or PEM. */
  readonly ca?: string | readonly string[] | undefined;
  readonly roots?: "add" | "only" | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

export interface Authorities {
  readonly pems: readonly string[];
  readonly findings: readonly Finding[];
}

/** What is trusted; a file that gives no certificate is a finding, and the rest is trusted nevertheless. */
export function readAuthorities({ ca, roots = "add", env = process.env }: AuthorityOptions): Authorities {
  const given = (typeof ca === "string" ? [ca] : (ca ?? [])).map((entry) => readFile(entry, "The CA file"));
  const extra = env["NODE_EXTRA_CA_CERTS"];
  // Node reads it by itself when it starts; what is wrong with it, it says to nobody.
  const lent = extra === undefined || extra === "" ? [] : readFile(extra, "NODE_EXTRA_CA_CERTS:").findings;
  const standard = roots === "only" ? { pems: [], findings: [] } : standardRoots(env);
  return {
    pems: [...standard.pems, ...given.flatMap(({ pems }) => pems)],
    findings: [...standard.findings, ...lent, ...given.flatMap(({ findings }) => findings)],
  };
}

function standardRoots(env: NodeJS.ProcessEnv): Authorities {
  try {
    return { pems: defaultRoots(env), findings: [] };
  } catch (error) {
    if (!isConfigError(error)) throw error;
    const { SSL_CERT_FILE: _file, SSL_CERT_DIR: _directory, ...rest } = env;
    return {
      pems: defaultRoots(rest),
      findings: [caFileFinding(error.message.includes("no certificates") ? "empty" : "unreadable", error.message)],
    };
  }
}

function readFile(entry: string, what: string): Authorities {
  if (entry.includes("-----BEGIN")) return counted(entry, "The PEM text of the authority");
  try {
    return counted(readFileSync(entry, "utf8"), `${what} ${entry}`);
  } catch {
    return { pems: [], findings: [caFileFinding("unreadable", `${what} ${entry} cannot be read`)] };
  }
}

function counted(text: string, what: string): Authorities {
  const pems = certificatesIn(text).filter(isReadable);
  return { pems, findings: pems.length > 0 ? [] : [caFileFinding("empty", `${what} holds no certificate`)] };
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
