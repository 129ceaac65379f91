import { formatDuration } from "../retry/index.ts";
import type { CertificateSummary } from "../tls/index.ts";

/** `valid until 2030-01-27 (60 days)` */
export function validityOf({ validFrom, validTo }: CertificateSummary, nowMs: number): string {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (nowMs < from) return `valid from ${validFrom.slice(0, 10)}`;
  const days = Math.floor(Math.abs(to - nowMs) / 86_400_000);
  const span = days === 0 ? formatDuration(Math.abs(to - nowMs)) : `${days} ${days === 1 ? "day" : "days"}`;
  return nowMs > to ? `expired ${validTo.slice(0, 10)} (${span} ago)` : `valid until ${validTo.slice(0, 10)} (${span})`;
}

/** Some of the names, and how many more there are. */
export function namesOf({ names }: CertificateSummary): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, 3).map((name) => name.replace(/^(DNS|IP):/, ""));
  return `${shown.join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

/** Of `C=US, O=Example, CN=Example CA` the last. */
export function commonName(subject: string): string {
  return /(?:^|, )CN=([^,]+)/.exec(subject)?.[1] ?? subject;
}

/** `api.example.com < Example Intermediate < Example Root` */
export function chainOf(certificates: readonly CertificateSummary[]): string {
  return certificates.map(({ subject }) => commonName(subject)).join(" < ");
}
