import { chainOf, commonName, namesOf, validityOf } from "../../doctor/index.ts";
import type { CertificateSummary, PEMDiagnosis } from "../../tls/index.ts";
import { escapeLine } from "./control-characters.ts";
import { paintLines, renderFindings, renderRemedy, type ReportStyle } from "./diagnosis.ts";
import { wrap } from "./wrap.ts";

/** What is to be shown of a file of certificates. */
export interface PEMReport extends PEMDiagnosis {
  /** As it was typed. */
  readonly file: string;
}

/** The answer first, then what to do, then the certificates in the order of the file, then what else was found. */
export function renderPEMDiagnosis(report: PEMReport, nowMs: number, style: ReportStyle): string {
  const { file, findings, certificates, built, hasKey } = report;
  const { paint, columns } = style;
  const answer = findings.find(({ severity }) => severity === "problem");
  const others = findings.filter((finding) => finding !== answer);
  const first = answer === undefined ? `${file} is in order.` : `${file}: ${answer.summary}`;
  const facts = [...(built.length === 0 ? [] : [`chain  ${chainOf(built)}`]), ...(hasKey ? ["key    there is a private key"] : [])];
  return [
    paintLines(wrap(escapeLine(first), { columns }), answer === undefined ? "green" : "red", paint),
    ...(answer === undefined ? [] : [renderRemedy(answer, style)]),
    [
      ...certificates.map((certificate, index) => renderCertificate(certificate, { number: index + 1, nowMs, columns })),
      ...facts.map((fact) => wrap(escapeLine(fact), { columns, rest: "         " })),
    ].join("\n"),
    ...(others.length === 0 ? [] : [renderFindings(others, style)]),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

interface Row {
  readonly number: number;
  readonly nowMs: number;
  readonly columns: number;
}

function renderCertificate(certificate: CertificateSummary, { number, nowMs, columns }: Row): string {
  const { subject, issuer, key, names } = certificate;
  const space = " ".repeat(7);
  return [
    `${commonName(subject)}, ${key}, ${validityOf(certificate, nowMs)}`,
    ...(names.length === 0 ? [] : [`names: ${namesOf(certificate)}`]),
    issuer === subject ? "issued by itself" : `issued by ${commonName(issuer)}`,
  ]
    .map((line, index) => wrap(escapeLine(line), { columns, first: index === 0 ? String(number).padEnd(7) : space, rest: `${space}  ` }))
    .join("\n");
}
