import { escapeText } from "../asn1/values.ts";
import type { Finding } from "../diagnosis.ts";
import { shellWord } from "./words.ts";

interface Protocol {
  readonly name: string;
  readonly pattern: RegExp;
  /** How `openssl s_client -starttls` calls it. */
  readonly startTLS?: string;
}

/** Who greets first, and how. */
const protocols: readonly Protocol[] = [
  { name: "SSH", pattern: /^SSH-/ },
  { name: "FTP", pattern: /^220[ -].*ftp/i, startTLS: "ftp" },
  { name: "SMTP", pattern: /^220[ -]/, startTLS: "smtp" },
  { name: "SMTP", pattern: /^[45]\d\d[ -]/, startTLS: "smtp" },
  { name: "IMAP", pattern: /^\* (OK|BYE|PREAUTH)/, startTLS: "imap" },
  { name: "POP3", pattern: /^[+]OK|^-ERR/, startTLS: "pop3" },
  { name: "Redis", pattern: /^-DENIED|^-NOAUTH/ },
  { name: "MySQL", pattern: /^.{3}\0\n\d+\.\d+/s, startTLS: "mysql" },
];

/** A port that speaks something else than TLS, told by its first line. */
export function notTLS({ host, port }: { readonly host: string; readonly port: number }, banner: string): Finding {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const isHTTP = /^HTTP\/|^<(!doctype|html)/i.test(banner);
  if (isHTTP) {
    return {
      id: "plain-http",
      severity: "problem",
      summary: `Port ${port} speaks plain HTTP, not TLS (its answer begins with "${escapeText(banner.slice(0, 60))}").`,
      remedy: "Use http:// for this port, or the port on which the server speaks TLS (often 443 or 8443).",
      command: `errand get ${shellWord(`http://${target}/`)}`,
      facts: { banner: escapeText(banner) },
    };
  }
  const protocol = protocols.find(({ pattern }) => pattern.test(banner));
  const what = protocol === undefined ? "something that is not TLS" : `${protocol.name}, not TLS`;
  return {
    id: "not-tls",
    severity: "problem",
    summary: `Port ${port} speaks ${what}${banner === "" ? "" : ` (it greets with "${escapeText(banner.slice(0, 60))}")`}.`,
    remedy:
      protocol?.startTLS === undefined
        ? "Check the port: it belongs to another service."
        : `Check the port: here it is ${protocol.name}, which speaks TLS only after STARTTLS, or on another port.`,
    command: protocol?.startTLS === undefined ? undefined : `openssl s_client -starttls ${protocol.startTLS} -connect ${shellWord(target)}`,
    facts: { protocol: protocol?.name ?? "unknown", banner: escapeText(banner) },
  };
}
