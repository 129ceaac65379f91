import { escapeText } from "../asn1/values.ts";
import { summarize, type Certificate } from "../certificate/certificate.ts";
import type { CertificateSummary } from "../diagnosis.ts";

const dayMs = 86_400_000;

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function daysBetween(earlierMs: number, laterMs: number): number {
  return Math.floor((laterMs - earlierMs) / dayMs);
}

/** `3 days ago`, `yesterday`, `5 hours ago`. */
export function ago(ms: number, nowMs: number): string {
  const days = daysBetween(ms, nowMs);
  if (days >= 2) return `${days} days ago`;
  if (days === 1) return "yesterday";
  const hours = Math.floor((nowMs - ms) / 3_600_000);
  return hours >= 1 ? count(hours, "hour", " ago") : "less than an hour ago";
}

/** `in 3 days`, `tomorrow`, `in 5 hours`. */
export function ahead(ms: number, nowMs: number): string {
  const days = daysBetween(nowMs, ms);
  if (days >= 2) return `in ${days} days`;
  if (days === 1) return "tomorrow";
  const hours = Math.floor((ms - nowMs) / 3_600_000);
  return hours >= 1 ? `in ${count(hours, "hour")}` : "in less than an hour";
}

/** `3 days`, `2 hours`, `7 minutes`. */
export function span(ms: number): string {
  if (ms >= 2 * dayMs) return count(Math.floor(ms / dayMs), "day");
  if (ms >= 2 * 3_600_000) return count(Math.floor(ms / 3_600_000), "hour");
  return count(Math.max(1, Math.floor(ms / 60_000)), "minute");
}

function count(number: number, unit: string, after = ""): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}${after}`;
}

/** The first names and how many more. */
export function listed(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).map(escapeText).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** What a certificate is called in a sentence: its common name, else its first other name, else its whole subject. */
export function called({ subject, names }: Certificate): string {
  return escapeText(subject.commonName ?? names.find(({ type }) => type === "DNS")?.value ?? subject.text);
}

/** `The server's certificate (api.example.com)`, `The intermediate certificate Example CA 2`. */
export function role(certificate: Certificate, leaf: Certificate | undefined): string {
  if (certificate.fingerprint === leaf?.fingerprint) return `The server's certificate (${called(certificate)})`;
  return `The ${certificate.isSelfSigned ? "root" : "intermediate"} certificate ${called(certificate)}`;
}

/** Where a certificate stands in a list, -1 where it does not: the same one may have been read twice. */
export function placeOf({ fingerprint }: Certificate, list: readonly Certificate[]): number {
  return list.findIndex((other) => other.fingerprint === fingerprint);
}

/** A certificate as it stands in the chain: by its place among those sent, else in the chain as built. */
export function placed(certificate: Certificate, sent: readonly Certificate[], path: readonly Certificate[] = []): CertificateSummary {
  const place = placeOf(certificate, sent);
  return summarize(certificate, place >= 0 ? place : Math.max(placeOf(certificate, path), 0));
}

/** A word for a shell: what stands in a certificate or was typed must not become another command. */
export function shellWord(text: string): string {
  const safe = escapeText(text);
  return /^[\w.:/@%+=,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`;
}
