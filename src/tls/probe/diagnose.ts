import { performance } from "node:perf_hooks";
import { readAuthorities } from "../authorities.ts";
import { readCertificate, summarize, type Certificate } from "../certificate/certificate.ts";
import { buildChain } from "../chain/build-chain.ts";
import { addressOf } from "../chain/host-names.ts";
import { trustStore, type TrustStore } from "../chain/trust-store.ts";
import type { CertificateSummary, Finding, TLSDiagnosis, TLSDiagnosisOptions } from "../diagnosis.ts";
import type { Handshake } from "../handshake.ts";
import { readIdentity, type Identity } from "../identity.ts";
import { chainFindings, verdictFindings } from "../rules/chain.ts";
import { identityFindings, notTried, wantedFindings } from "../rules/client-certificate.ts";
import { environmentFindings } from "../rules/environment.ts";
import type { ChainEvidence } from "../rules/evidence.ts";
import { completedFindings, handshakeFindings } from "../rules/handshake.ts";
import { ranked } from "../rules/rank.ts";
import { revocationFindings } from "../rules/revocation.ts";
import { clockFindings } from "../rules/validity.ts";
import { serverClock } from "./clock.ts";
import { usualContext, wideContext } from "./contexts.ts";
import { handshake } from "./handshake.ts";
import { plainHead } from "./head.ts";
import { fetchIssuers } from "./issuers.ts";
import type { Target } from "./open-socket.ts";
import { checkRevocation } from "./revocation.ts";

/** What a diagnosis is about, in the form its steps need. */
interface Case {
  readonly options: TLSDiagnosisOptions;
  readonly target: Target;
  /** The name that is asked for, and that the certificate must be for. */
  readonly name: string;
  /** Empty where the name is an address (RFC 6066 3). */
  readonly servername: string;
  readonly pems: readonly string[];
  readonly identity: Identity | undefined;
  readonly trusted: TrustStore;
  readonly nowMs: number;
}

const usualProtocols = ["h2", "http/1.1"];

/**
 * Finds out why TLS to a server does not work, or that it does: every finding with its facts and a safe remedy, the root cause first.
 *
 * Nothing of the user's is sent on a connection that is not verified: at most a bare `HEAD /`, to read the server's clock or to hear what it
 * says to a client without a certificate. The client certificate is shown only to a server whose own was found to be right.
 *
 * @throws the signal's reason; nothing else: what fails is a finding.
 * @example
 * const { findings } = await diagnoseTLS({ host: "expired.example.com", port: 443 });
 * console.log(findings[0]?.summary);
 */
export async function diagnoseTLS(options: TLSDiagnosisOptions): Promise<TLSDiagnosis> {
  const startedAt = performance.now();
  const authorities = readAuthorities(options);
  const { identity, findings: identityProblems } = readIdentity(options);
  const about = caseOf(options, authorities.pems, identity);
  const before = [...environmentFindings(options.env ?? process.env), ...authorities.findings, ...identityProblems];
  const first = await handshake(about.target, {
    context: usualContext(about.pems),
    servername: about.servername,
    protocols: usualProtocols,
  });
  const { shown, findings } = first.isComplete ? { shown: first, findings: completedFindings(first) } : await explainFailure(about, first);
  const chain = await examineChain(about, shown);
  const found = [...findings, ...chain.findings];
  const all = ranked([...before, ...found, ...(await examineClient(about, shown, found))]);
  return {
    host: options.host,
    port: options.port,
    servername: about.servername === "" ? undefined : about.servername,
    isHealthy: first.isComplete && all.every(({ severity }) => severity !== "problem"),
    findings: all,
    sent: chain.sent,
    built: chain.built,
    protocol: shown.protocol,
    cipher: shown.cipher,
    alpn: shown.alpn,
    elapsedMs: performance.now() - startedAt,
  };
}

function caseOf(options: TLSDiagnosisOptions, pems: readonly string[], identity: Identity | undefined): Case {
  const { host, port, connectTo, timeoutMs = 10_000, signal, open, now = Date.now } = options;
  // RFC 6066 3: without the dot that ends a fully qualified name.
  const name = (options.servername ?? host).replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return {
    options,
    target: { host: (connectTo?.host ?? host).replace(/^\[|\]$/g, ""), port: connectTo?.port ?? port, open, timeoutMs, signal },
    name,
    servername: addressOf(name) === undefined ? name : "",
    pems,
    identity,
    trusted: trustStore(pems),
    nowMs: now(),
  };
}

/** What else the server says, asked in other ways, one after the other and only as far as each can tell something. */
async function explainFailure(about: Case, first: Handshake): Promise<{ shown: Handshake; findings: readonly Finding[] }> {
  const { target, servername, options } = about;
  const { failure, transcript } = first;
  const speaksTLS = failure?.kind !== "connect" && transcript.isTLS !== false;
  const isSilent = failure?.kind === "closed" || failure?.kind === "reset" || failure?.kind === "timeout";
  const isMute = speaksTLS && isSilent && transcript.sizeBytes === 0;
  const plain = isMute ? await plainHead(target, about.name) : undefined;
  const mayAsk = speaksTLS && plain?.status === undefined && failure?.kind !== "timeout";
  const wide =
    mayAsk && !first.isCertificateWanted ? await handshake(target, { context: wideContext(), servername, protocols: [] }) : undefined;
  const nameless =
    mayAsk && isSilent && servername !== ""
      ? await handshake(target, { context: usualContext([]), servername: "", protocols: usualProtocols })
      : undefined;
  const findings = handshakeFindings({ host: options.host, port: options.port, servername, first, wide, nameless, plain });
  return { shown: first.certificates.length === 0 && wide?.isComplete === true ? { ...wide, verdict: undefined } : first, findings };
}

interface Examined {
  readonly sent: readonly CertificateSummary[];
  readonly built: readonly CertificateSummary[];
  readonly findings: readonly Finding[];
}

async function examineChain(about: Case, shown: Handshake): Promise<Examined> {
  const { options, nowMs, trusted, target } = about;
  const { certificates: sent, findings: unreadable } = readAll(shown.certificates);
  const [leaf] = sent;
  if (leaf === undefined) return { sent: [], built: [], findings: unreadable };
  const material = { sent, trusted, nowMs };
  const built = buildChain(leaf, material);
  const fetchOptions = { timeoutMs: target.timeoutMs, signal: target.signal };
  const extra = options.mayFetch === true && built.end === "issuer-missing" ? await fetchIssuers(built, fetchOptions) : [];
  const complete = extra.length === 0 ? undefined : buildChain(leaf, { ...material, extra });
  const evidence: ChainEvidence = { host: about.name, port: options.port, nowMs, warnDays: options.warnDays ?? 14, sent, built, complete };
  const first = chainFindings(evidence);
  const defaultFingerprint = first.some(({ id }) => id === "hostname") && about.servername !== "" ? await defaultLeaf(about) : undefined;
  const found = defaultFingerprint === undefined ? first : chainFindings({ ...evidence, defaultFingerprint });
  const isDated = found.some(({ id }) => /expired|not-yet-valid/.test(id));
  const clock = isDated ? clockFindings(evidence, await serverClock(target, about)) : [];
  const path = (complete ?? built).path;
  const revocation = await checkRevocation({ path, staple: shown.staple, nowMs, mayFetch: options.mayFetch === true, fetchOptions });
  const certain = [...unreadable, ...clock, ...found, ...revocationFindings(evidence, revocation, shown.staple !== undefined)];
  return {
    sent: sent.map(summarize),
    built: built.end === "trusted" ? built.path.map(summarize) : [],
    findings: [...certain, ...(await unexplained(about, shown.verdict, certain))],
  };
}

/** Node refuses for a reason that no rule has found. Several reasons have the name UNSPECIFIED; what is meant stands in the error of a strict handshake. */
async function unexplained(about: Case, verdict: string | undefined, found: readonly Finding[]): Promise<readonly Finding[]> {
  const refused = verdictFindings(verdict, found);
  if (refused.length === 0 || verdict !== "UNSPECIFIED") return refused;
  const strict = { context: usualContext(about.pems), servername: about.servername, protocols: usualProtocols, isStrict: true };
  const { failure } = await handshake(about.target, strict);
  return verdictFindings(failure === undefined ? verdict : `${verdict}: ${failure.text}`, found);
}

/** What the server shows to whom does not name a host. */
async function defaultLeaf({ target }: Case): Promise<string | undefined> {
  const nameless = await handshake(target, { context: usualContext([]), servername: "", protocols: usualProtocols });
  return readAll(nameless.certificates).certificates[0]?.fingerprint;
}

function readAll(chain: readonly Buffer[]): { readonly certificates: readonly Certificate[]; readonly findings: readonly Finding[] } {
  const certificates: Certificate[] = [];
  const findings: Finding[] = [];
  for (const [place, der] of chain.entries()) {
    try {
      certificates.push(readCertificate(der));
    } catch {
      findings.push({
        id: "malformed-certificate",
        severity: "problem",
        summary: `What the server sends as certificate ${place} is not one: it cannot be read.`,
        remedy: "Reinstall the chain on the server; tell the authority if the file is as it came.",
      });
      // Without the leaf nothing of what follows can be judged.
      if (place === 0) break;
    }
  }
  return { certificates, findings };
}

/** What the server makes of the client: without its certificate, and with it where the server has proved who it is. */
async function examineClient(about: Case, shown: Handshake, found: readonly Finding[]): Promise<readonly Finding[]> {
  const { target, servername, identity, name } = about;
  if (!shown.isCertificateWanted) return [];
  const headFor = name.includes(":") ? `[${name}]` : name;
  const protocols = ["http/1.1"];
  if (identity === undefined) {
    return shown.isComplete ? wantedFindings(await handshake(target, { context: usualContext([]), servername, protocols, headFor })) : [];
  }
  if (found.some(({ severity, id }) => severity === "problem" && !id.startsWith("client-certificate-"))) return [notTried()];
  return identityFindings(await handshake(target, { context: usualContext(about.pems, identity), servername, protocols, headFor }));
}
