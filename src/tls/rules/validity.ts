import type { Certificate } from "../certificate/certificate.ts";
import { addressOf } from "../chain/host-names.ts";
import type { Finding } from "../diagnosis.ts";
import { chainOf, type ChainEvidence } from "./evidence.ts";
import { ago, ahead, day, daysBetween, placed, role, shellWord, span } from "./words.ts";

/** Expired, not yet valid, or soon to expire: each certificate of the chain by itself. */
export function validityFindings(evidence: ChainEvidence): readonly Finding[] {
  return chainOf(evidence).flatMap((certificate) => datesOf(certificate, evidence));
}

function datesOf(certificate: Certificate, evidence: ChainEvidence): readonly Finding[] {
  const { nowMs, warnDays } = evidence;
  if (certificate.validToMs < nowMs) return [expired(certificate, evidence)];
  if (certificate.validFromMs > nowMs) return [notYetValid(certificate, evidence)];
  return certificate.validToMs < nowMs + warnDays * 86_400_000 ? [expiresSoon(certificate, evidence)] : [];
}

function expired(certificate: Certificate, evidence: ChainEvidence): Finding {
  const { nowMs, sent, built } = evidence;
  const { validToMs } = certificate;
  const isLeaf = certificate === sent[0];
  return {
    id: isLeaf ? "expired" : certificate.isSelfSigned ? "root-expired" : "intermediate-expired",
    severity: "problem",
    summary: `${role(certificate, sent[0])} expired ${ago(validToMs, nowMs)}, on ${day(validToMs)}.`,
    remedy: isLeaf
      ? "Renew the certificate on the server. If it was renewed already, the server still holds the old one in memory: reload it."
      : certificate.isSelfSigned
        ? "Update the trusted roots of this machine (the package ca-certificates), and have the server send the chain to a current root."
        : "Install the authority's current intermediate in the server's chain file, in place of this one, and reload the server.",
    command: certificate.isSelfSigned && !isLeaf ? "sudo update-ca-certificates" : showDates(evidence, isLeaf),
    certificate: placed(certificate, sent, built.path),
    facts: { validTo: new Date(validToMs).toISOString(), daysAgo: daysBetween(validToMs, nowMs) },
  };
}

function notYetValid(certificate: Certificate, { nowMs, sent, built }: ChainEvidence): Finding {
  const { validFromMs } = certificate;
  return {
    id: certificate === sent[0] ? "not-yet-valid" : "intermediate-not-yet-valid",
    severity: "problem",
    summary: `${role(certificate, sent[0])} is valid only from ${day(validFromMs)}, ${ahead(validFromMs, nowMs)}.`,
    remedy:
      "Check this machine's clock and synchronise it. If it is right, have the server go back to the previous certificate until that day.",
    command: "date -u",
    certificate: placed(certificate, sent, built.path),
    facts: { validFrom: new Date(validFromMs).toISOString(), daysAhead: daysBetween(nowMs, validFromMs) },
  };
}

function expiresSoon(certificate: Certificate, evidence: ChainEvidence): Finding {
  const { nowMs, sent, built } = evidence;
  const { validToMs } = certificate;
  return {
    id: "expires-soon",
    severity: "warning",
    summary: `${role(certificate, sent[0])} expires ${ahead(validToMs, nowMs)}, on ${day(validToMs)}.`,
    remedy: "Renew it now, and find out why its automatic renewal has not.",
    command: showDates(evidence, certificate === sent[0]),
    certificate: placed(certificate, sent, built.path),
    facts: { validTo: new Date(validToMs).toISOString(), daysLeft: daysBetween(nowMs, validToMs) },
  };
}

/** Shows the dates of the server's own certificate, or the whole chain. */
function showDates({ host, port, via = { host: host ?? "", port } }: ChainEvidence, isLeaf: boolean): string | undefined {
  if (host === undefined) return undefined;
  const target = shellWord(`${via.host.includes(":") ? `[${via.host}]` : via.host}:${via.port}`);
  const name = addressOf(host) === undefined ? ` -servername ${shellWord(host)}` : "";
  return `openssl s_client -connect ${target}${name} ${isLeaf ? "</dev/null | openssl x509 -noout -dates" : "-showcerts </dev/null"}`;
}

/** More than this and the clock is to blame (Kerberos allows as much). */
const maxSkewMs = 5 * 60_000;

/** `serverMs` is what the server's Date header says. */
export function clockFindings(evidence: ChainEvidence, serverMs: number | undefined): readonly Finding[] {
  if (serverMs === undefined) return [];
  const skewMs = evidence.nowMs - serverMs;
  if (Math.abs(skewMs) <= maxSkewMs) return [];
  const isExplained = chainOf(evidence).every(({ validFromMs, validToMs }) => validFromMs <= serverMs && serverMs <= validToMs);
  const verdict = isExplained
    ? "by the server's clock its certificates are valid"
    : "though by the server's clock its certificates are not valid either";
  return [
    {
      id: "clock-wrong",
      severity: isExplained ? "problem" : "warning",
      summary: `This machine's clock is ${span(Math.abs(skewMs))} ${skewMs > 0 ? "ahead of" : "behind"} the server's: ${minute(evidence.nowMs)} here, ${minute(serverMs)} there; ${verdict}.`,
      remedy: "Synchronise this machine's clock (after a suspended virtual machine or in a container: that of the host), then try again.",
      command: "date -u; sudo timedatectl set-ntp true",
      facts: {
        skewSeconds: Math.round(skewMs / 1000),
        localTime: new Date(evidence.nowMs).toISOString(),
        serverTime: new Date(serverMs).toISOString(),
      },
    },
  ];
}

function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
