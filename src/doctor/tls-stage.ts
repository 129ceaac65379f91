import { formatDuration } from "../retry/index.ts";
import type { ProxyChoice } from "../proxy/index.ts";
import type { CertificateSummary, TLSDiagnosis } from "../tls/diagnosis.ts";
import { openWay } from "../transport/trial/index.ts";
import { withoutBrackets, type Patient } from "./patient.ts";
import type { StageReport } from "./stage-report.ts";

export interface TLSReport extends StageReport<true> {
  readonly diagnosis: TLSDiagnosis;
}

/** TLS: certificate and handshake, also where they come through a proxy's tunnel. */
export async function tlsStage(patient: Patient, proxy: ProxyChoice | undefined): Promise<TLSReport> {
  const { ca, roots, cert, key, passphrase, servername, connectTo, warnDays, mayFetch, now } = patient.options;
  const { diagnoseTLS = (await import("../tls/index.ts")).diagnoseTLS } = patient.seams;
  const port = patient.url.port === "" ? 443 : Number(patient.url.port);
  const diagnosis = await diagnoseTLS({
    ...{ host: withoutBrackets(patient.url.hostname), port, connectTo, servername },
    ...{ ca, roots, cert, key, passphrase, warnDays, mayFetch, now },
    timeoutMs: Math.max(1, Math.min(patient.stepMs, patient.leftMs)),
    env: patient.env,
    signal: patient.rest(),
    open: () => openWay(patient.way(proxy), false, patient.step()),
  });
  const { isHealthy, findings } = diagnosis;
  return { evidence: evidenceOf(diagnosis, patient.now()), findings, next: isHealthy ? true : undefined, diagnosis };
}

function evidenceOf({ protocol, cipher, sent, built }: TLSDiagnosis, nowMs: number): string[] {
  const lines: string[] = [];
  if (protocol !== undefined) lines.push(cipher === undefined ? protocol : `${protocol}, ${cipher}`);
  const [leaf] = sent;
  if (leaf !== undefined) lines.push(`certificate of ${leaf.subject} ${validity(leaf, nowMs)}`, `names: ${namesOf(leaf)}`);
  const chain = built.length > 0 ? built : sent;
  if (chain.length > 1) lines.push(`${built.length > 0 ? "chain" : "chain as sent"}: ${chain.map(({ subject }) => commonName(subject)).join(" < ")}`);
  return lines;
}

function validity({ validFrom, validTo }: CertificateSummary, nowMs: number): string {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (nowMs < from) return `valid from ${validFrom.slice(0, 10)}`;
  const days = Math.floor(Math.abs(to - nowMs) / 86_400_000);
  const span = days === 0 ? formatDuration(Math.abs(to - nowMs)) : `${days} ${days === 1 ? "day" : "days"}`;
  return nowMs > to ? `expired ${validTo.slice(0, 10)}, ${span} ago` : `valid until ${validTo.slice(0, 10)}, for ${span}`;
}

function namesOf({ names }: CertificateSummary): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, 3).map((name) => name.replace(/^(DNS|IP):/, ""));
  return `${shown.join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

/** Of `C=US, O=Example, CN=Example CA` the last. */
function commonName(subject: string): string {
  return /(?:^|[,\n]\s*)CN=([^,\n]+)/.exec(subject)?.[1] ?? subject;
}
