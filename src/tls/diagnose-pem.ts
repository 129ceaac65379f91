import { readAuthorities } from "./authorities.ts";
import { readCertificate, summarize, type Certificate } from "./certificate/certificate.ts";
import { buildChain } from "./chain/build-chain.ts";
import { trustStore } from "./chain/trust-store.ts";
import type { CertificateSummary, Finding, TLSDiagnosisOptions } from "./diagnosis.ts";
import { readIdentity } from "./identity.ts";
import { chainFindings } from "./rules/chain.ts";
import { ranked } from "./rules/rank.ts";
import { certificatesIn } from "./trust.ts";

/** What a PEM text is to be good for. */
export interface PEMDiagnosisOptions extends Pick<TLSDiagnosisOptions, "ca" | "roots" | "key" | "passphrase" | "warnDays" | "now" | "env"> {
  /** The host the first certificate should be for. @default none: names are not compared */
  readonly host?: string | undefined;
}

/** What is in a PEM text, and what is wrong with it. */
export interface PEMDiagnosis {
  /** No finding of severity `problem`. */
  readonly isHealthy: boolean;
  /** The worst first; the first is the answer. */
  readonly findings: readonly Finding[];
  /** In the order of the text. */
  readonly certificates: readonly CertificateSummary[];
  /** As built to a trusted root; empty where none could be built. */
  readonly built: readonly CertificateSummary[];
  /** A private key stands in the text, or was given. */
  readonly hasKey: boolean;
}

/**
 * Looks into a PEM text as a server would send it: which certificates, in which order, how long they are valid, whether they lead to a trusted root, and whether the key belongs to the first.
 *
 * @param text - PEM; a private key in it is compared with the first certificate, and appears nowhere.
 * @throws nothing: what cannot be read is a finding.
 * @example
 * const { findings } = diagnosePEM(readFileSync("fullchain.pem", "utf8"), { host: "api.example.com" });
 */
export function diagnosePEM(text: string, options: PEMDiagnosisOptions = {}): PEMDiagnosis {
  const { host, warnDays = 14, now = Date.now, passphrase } = options;
  const authorities = readAuthorities(options);
  const { certificates, findings: unreadable } = readAll(certificatesIn(text));
  const nowMs = now();
  const key = options.key ?? /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/.exec(text)?.[0];
  const first = certificates.find((certificate) => !isIssuerOfAnother(certificate, certificates)) ?? certificates[0];
  if (first === undefined) {
    return { isHealthy: false, findings: ranked([...unreadable, none(text)]), certificates: [], built: [], hasKey: key !== undefined };
  }
  const built = buildChain(first, { sent: certificates, trusted: trustStore(authorities.pems), nowMs });
  // The rules expect the leaf to lead; where it does not, that is what the order is told of.
  const order = first === certificates[0] ? [] : [leafNotFirst(certificates, first)];
  const sent = first === certificates[0] ? certificates : [first, ...certificates.filter((certificate) => certificate !== first)];
  const found = chainFindings({ source: "file", host, port: 443, nowMs, warnDays, sent, built, complete: undefined });
  const pair = key === undefined ? [] : readIdentity({ cert: first.x509.toString(), key, passphrase }).findings.map(asServerKey);
  const findings = ranked([
    ...authorities.findings,
    ...unreadable,
    ...order,
    ...found.filter(({ id }) => order.length === 0 || id !== "chain-order"),
    ...pair,
  ]);
  return {
    isHealthy: findings.every(({ severity }) => severity !== "problem"),
    findings,
    certificates: certificates.map(summarize),
    built: built.end === "trusted" ? built.path.map(summarize) : [],
    hasKey: key !== undefined,
  };
}

function isIssuerOfAnother(certificate: Certificate, all: readonly Certificate[]): boolean {
  return all.some((other) => other !== certificate && !other.isSelfSigned && other.x509.checkIssued(certificate.x509));
}

function readAll(pems: readonly string[]): { readonly certificates: readonly Certificate[]; readonly findings: readonly Finding[] } {
  const certificates: Certificate[] = [];
  const findings: Finding[] = [];
  for (const [place, pem] of pems.entries()) {
    try {
      certificates.push(readCertificate(pem));
    } catch {
      findings.push({
        id: "malformed-certificate",
        severity: "problem",
        summary: `Certificate ${place + 1} of the text cannot be read: what stands between its lines BEGIN and END is no certificate.`,
        remedy: "Copy the file anew: a line was lost, or an editor broke it.",
      });
    }
  }
  return { certificates, findings };
}

function none(text: string): Finding {
  const held = /-----BEGIN ([A-Z ]{1,40})-----/.exec(text)?.[1];
  return {
    id: "no-certificate",
    severity: "problem",
    summary: `There is no certificate in the text${held === undefined || held === "CERTIFICATE" ? "" : `, only ${held}`}.`,
    remedy: 'It must hold PEM ("-----BEGIN CERTIFICATE-----"); convert DER with openssl x509 -inform der, PKCS#12 with openssl pkcs12.',
    command: "openssl x509 -inform der -in FILE -out FILE.pem",
  };
}

function leafNotFirst(certificates: readonly Certificate[], leaf: Certificate): Finding {
  return {
    id: "chain-order",
    severity: "problem",
    summary: `The server's own certificate (${leaf.subject.text}) stands at place ${certificates.indexOf(leaf) + 1}: it must be the first, or the server does not start with its key.`,
    remedy: "Put them into this order: the server's own, its issuer, that one's issuer; the root is not needed.",
    command: "cat server.pem intermediate.pem > fullchain.pem",
  };
}

/** The same faults of a key as a client's, in a server's words. */
function asServerKey(finding: Finding): Finding {
  const server = (text: string): string =>
    text.replaceAll("client key", "private key").replaceAll("client certificate", "certificate").replaceAll("client.", "server.");
  return {
    ...finding,
    id: finding.id === "client-key-mismatch" ? "key-mismatch" : finding.id.replace("client-key", "key"),
    summary: server(finding.summary),
    remedy: server(finding.remedy),
    ...(finding.command === undefined ? {} : { command: server(finding.command) }),
  };
}
