import type { ProxyChoice } from "../proxy/index.ts";
import { diagnoseTLS, type Finding, type TLSDiagnosis } from "../tls/index.ts";
import { openWay } from "../transport/trial/index.ts";
import { chainOf, namesOf, validityOf } from "./certificate-words.ts";
import { withoutBrackets, type Patient } from "./patient.ts";
import type { StageReport } from "./stage-report.ts";

export interface TLSReport extends StageReport<true> {
  readonly diagnosis: TLSDiagnosis | undefined;
}

/** TLS: certificate and handshake, also where they come through a proxy's tunnel. */
export async function tlsStage(patient: Patient, proxy: ProxyChoice | undefined): Promise<TLSReport> {
  const port = patient.url.port === "" ? 443 : Number(patient.url.port);
  // The plain way is known there too, and to port 80, whose clock may be asked.
  const isOwnWay = proxy !== undefined || patient.seams.lookup !== undefined;
  const diagnosis = await withinTime(
    patient,
    diagnoseTLS({
      ...patient.options,
      host: withoutBrackets(patient.url.hostname),
      port,
      // Of each connection: where the first hangs, there must be time for two more that tell why.
      timeoutMs: Math.max(1, Math.min(patient.stepMs, patient.leftMs * 0.3)),
      env: patient.env,
      signal: patient.rest(),
      open: isOwnWay ? () => openWay(patient.way(proxy), false, patient.step()) : undefined,
    }),
  );
  if (diagnosis === undefined) {
    const command = `errand doctor --timeout 1m ${patient.url.origin}`;
    return { evidence: [], findings: [{ ...tooSlow, command }], next: undefined, diagnosis };
  }
  const { isHealthy, findings } = diagnosis;
  const isExplained = isHealthy || findings.some(({ severity }) => severity === "problem");
  return {
    evidence: evidenceOf(diagnosis, patient.now()),
    findings: isExplained ? findings : [unexplained, ...findings],
    next: isHealthy ? true : undefined,
    diagnosis,
  };
}

const unexplained: Finding = {
  id: "tls-unexplained",
  severity: "problem",
  summary: "TLS did not come about, and nothing says why.",
  remedy: "Look into the server's log, and try from another network.",
};

/** Undefined where all the time was used up. */
async function withinTime(patient: Patient, work: Promise<TLSDiagnosis>): Promise<TLSDiagnosis | undefined> {
  try {
    return await work;
  } catch (error) {
    if (patient.isTimeout(error)) return undefined;
    throw error;
  }
}

const tooSlow: Finding = {
  id: "tls-timeout",
  severity: "problem",
  summary: "TLS did not come about in the time given.",
  remedy: "The server, or something on the way, is slow or hangs. With more time errand says which:",
};

function evidenceOf({ protocol, cipher, sent, built }: TLSDiagnosis, nowMs: number): string[] {
  const lines: string[] = [];
  if (protocol !== undefined) lines.push(cipher === undefined ? protocol : `${protocol}, ${cipher}`);
  const [leaf] = sent;
  if (leaf === undefined) return lines;
  const chain = built.length > 0 ? `chain: ${chainOf(built)}` : `sent: ${chainOf(sent)}`;
  return [...lines, validityOf(leaf, nowMs), `names: ${namesOf(leaf)}`, chain];
}
