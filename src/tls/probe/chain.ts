import { readCertificate, summarize, type Certificate } from "../certificate/certificate.ts";
import { buildChain } from "../chain/build-chain.ts";
import type { CertificateSummary, Finding } from "../diagnosis.ts";
import type { Handshake } from "../handshake.ts";
import { chainFindings, verdictFindings } from "../rules/chain.ts";
import type { ChainEvidence } from "../rules/evidence.ts";
import { revocationFindings } from "../rules/revocation.ts";
import { clockFindings } from "../rules/validity.ts";
import { usualProtocols, type Case } from "./case.ts";
import { serverClock } from "./clock.ts";
import { usualContext } from "./contexts.ts";
import { handshake } from "./handshake.ts";
import { fetchIssuers } from "./issuers.ts";
import { checkRevocation } from "./revocation.ts";

export interface ExaminedChain {
  readonly sent: readonly CertificateSummary[];
  readonly built: readonly CertificateSummary[];
  readonly findings: readonly Finding[];
}

/** Everything about the certificates that were shown, and with leave what their authorities say of them. */
export async function examineChain(about: Case, shown: Handshake): Promise<ExaminedChain> {
  const { options, nowMs, trusted, target } = about;
  const { certificates: sent, findings: unreadable } = readAll(shown.certificates);
  const [leaf] = sent;
  if (leaf === undefined) return { sent: [], built: [], findings: unreadable };
  const material = { sent, trusted, nowMs };
  const built = buildChain(leaf, material);
  const fetchOptions = { timeoutMs: target.timeoutMs, signal: target.signal };
  const extra = options.mayFetch === true && built.end === "issuer-missing" ? await fetchIssuers(built, fetchOptions) : [];
  const complete = extra.length === 0 ? undefined : buildChain(leaf, { ...material, extra });
  const evidence: ChainEvidence = {
    host: about.name,
    port: options.port,
    via: options.connectTo,
    nowMs,
    warnDays: options.warnDays ?? 14,
    sent,
    built,
    complete,
  };
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
  const strict = {
    context: usualContext(about.pems),
    host: about.name,
    servername: about.servername,
    protocols: usualProtocols,
    isStrict: true,
  };
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
