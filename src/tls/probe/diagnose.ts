import { performance } from "node:perf_hooks";
import { readAuthorities } from "../authorities.ts";
import type { Finding, TLSDiagnosis, TLSDiagnosisOptions } from "../diagnosis.ts";
import { isPlainHTTP, type Handshake } from "../handshake.ts";
import { readIdentity } from "../identity.ts";
import { environmentFindings } from "../rules/environment.ts";
import { completedFindings, handshakeFindings, type FailedHandshake } from "../rules/handshake.ts";
import { ranked } from "../rules/rank.ts";
import { caseOf, usualProtocols, type Case } from "./case.ts";
import { examineChain } from "./chain.ts";
import { examineClient, isAboutClient } from "./client.ts";
import { smallContext, usualContext, wideContext } from "./contexts.ts";
import { handshake } from "./handshake.ts";
import { plainHead } from "./head.ts";
import type { Target } from "./open-socket.ts";

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
    host: about.name,
    servername: about.servername,
    protocols: usualProtocols,
  });
  const { shown, findings } = first.isComplete ? { shown: first, findings: completedFindings(first) } : await explainFailure(about, first);
  const chain = await examineChain(about, shown);
  const found = [...findings, ...chain.findings];
  const client = await examineClient(about, shown, found);
  const { identified = shown } = client;
  // What the server said to a client without a certificate no longer counts once it has seen one.
  const valid = client.identified === undefined ? found : found.filter(({ id }) => !isAboutClient(id));
  const all = ranked([...before, ...valid, ...client.findings]);
  return {
    host: options.host,
    port: options.port,
    servername: about.servername === "" ? undefined : about.servername,
    isHealthy: (first.isComplete || identified.isComplete) && all.every(({ severity }) => severity !== "problem"),
    findings: all,
    sent: chain.sent,
    built: chain.built,
    protocol: shown.protocol ?? identified.protocol,
    cipher: shown.cipher ?? identified.cipher,
    alpn: shown.alpn ?? identified.alpn,
    elapsedMs: performance.now() - startedAt,
  };
}

/** What answers to a bare request in clear, or to a small ClientHello, does so at once. */
const maxBriefMs = 2000;

/** What else the server says, asked in other ways, one after the other and only as far as each can tell something. */
async function explainFailure(about: Case, first: Handshake): Promise<{ shown: Handshake; findings: readonly Finding[] }> {
  const { target, servername, options } = about;
  const plain = isMute(first) ? await plainHead(briefly(target), about.name) : undefined;
  const otherwise = isPlainHTTP(plain) ? nothing : await askOtherwise(about, first);
  const findings = handshakeFindings({ host: options.host, port: options.port, servername, first, plain, ...otherwise });
  const answered = [otherwise.wide, otherwise.small].find((each) => each?.isComplete === true);
  return { shown: first.certificates.length === 0 && answered !== undefined ? { ...answered, verdict: undefined } : first, findings };
}

/** With little, with everything, and without a name. */
type Otherwise = Pick<FailedHandshake, "small" | "wide" | "nameless">;

const nothing: Otherwise = { small: undefined, wide: undefined, nameless: undefined };

async function askOtherwise({ target, servername }: Case, first: Handshake): Promise<Otherwise> {
  const { failure, transcript } = first;
  if (failure?.kind === "connect" || transcript.isTLS === false) return nothing;
  const small = isMute(first) ? await handshake(briefly(target), { context: smallContext(), servername, protocols: [] }) : undefined;
  if (small?.isComplete === true || failure?.kind === "timeout") return { ...nothing, small };
  const wide = first.isCertificateWanted ? undefined : await handshake(target, { context: wideContext(), servername, protocols: [] });
  const nameless =
    isSilent(first) && servername !== ""
      ? await handshake(target, { context: usualContext([]), servername: "", protocols: usualProtocols })
      : undefined;
  return { small, wide, nameless };
}

/** It ended without an alert. */
function isSilent({ failure }: Handshake): boolean {
  return failure?.kind === "closed" || failure?.kind === "reset" || failure?.kind === "timeout";
}

/** ... and without a byte. */
function isMute(first: Handshake): boolean {
  return isSilent(first) && first.transcript.sizeBytes === 0;
}

function briefly(target: Target): Target {
  return { ...target, timeoutMs: Math.min(target.timeoutMs, maxBriefMs) };
}
