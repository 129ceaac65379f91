import type { ProxyChoice } from "../proxy/index.ts";
import { diagnoseTLS, type Finding, type TLSDiagnosis } from "../tls/index.ts";
import { openWay } from "../transport/trial/index.ts";
import { chainOf, namesOf, validityOf } from "./certificate-words.ts";
import { CannotLook } from "./connect-stage.ts";
import { withoutBrackets, type Patient } from "./patient.ts";
import type { StageReport } from "./stage-report.ts";

export interface TLSReport extends StageReport<true> {
  readonly diagnosis: TLSDiagnosis;
}

/** TLS: certificate and handshake, also where they come through a proxy's tunnel. */
export async function tlsStage(patient: Patient, proxy: ProxyChoice | undefined): Promise<TLSReport> {
  const port = patient.url.port === "" ? 443 : Number(patient.url.port);
  const diagnosis = await withinTime(
    patient,
    diagnoseTLS({
      ...patient.options,
      host: withoutBrackets(patient.url.hostname),
      port,
      // Of each connection: where the first hangs, there must be time for a second that tells why.
      timeoutMs: Math.max(1, Math.min(patient.stepMs, patient.leftMs * 0.4)),
      env: patient.env,
      signal: patient.rest(),
      open: () => openWay(patient.way(proxy), false, patient.step()),
    }),
  );
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

async function withinTime(patient: Patient, work: Promise<TLSDiagnosis>): Promise<TLSDiagnosis> {
  try {
    return await work;
  } catch (error) {
    if (patient.isTimeout(error)) throw new CannotLook("the time given was too short for TLS");
    throw error;
  }
}

function evidenceOf({ protocol, cipher, sent, built }: TLSDiagnosis, nowMs: number): string[] {
  const lines: string[] = [];
  if (protocol !== undefined) lines.push(cipher === undefined ? protocol : `${protocol}, ${cipher}`);
  const [leaf] = sent;
  if (leaf === undefined) return lines;
  const chain = built.length > 0 ? `chain: ${chainOf(built)}` : `sent: ${chainOf(sent)}`;
  return [...lines, validityOf(leaf, nowMs), `names: ${namesOf(leaf)}`, chain];
}
