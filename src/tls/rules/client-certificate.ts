import { escapeText } from "../asn1/values.ts";
import type { Finding } from "../diagnosis.ts";
import type { Handshake } from "../handshake.ts";
import { origin } from "./evidence.ts";
import { shellWord } from "./words.ts";

/** What RFC 8446 6.2 calls the alerts about a client's certificate, in words. */
const alerts: Readonly<Record<number, string>> = {
  42: "it is broken or its signature does not hold",
  43: "it is of an unsupported kind",
  44: "it was revoked",
  45: "it has expired, or is not valid yet",
  46: "for a reason it does not give",
  48: "its authority is not known there, or an intermediate was not sent along",
  49: "it is valid, but has no access",
  116: "it came without a certificate",
};

/** Which server was asked. */
export interface Asked {
  readonly host: string;
  readonly port: number;
}

function withIdentity(asked: Asked): string {
  return `errand get --cert client.pem --key client.key ${shellWord(`https://${origin(asked)}/`)}`;
}

export const clientCertificateAlerts: ReadonlySet<number> = new Set(Object.keys(alerts).map(Number));

/** Statuses with which servers complain of a client certificate after the handshake: 400 as nginx does (496 and 495 are its internal ones). */
const refusals = new Set([400, 495, 496]);

/** A server that wants a client certificate, and none was given: what came of a bare request without one. */
export function wantedFindings(probe: Handshake, asked: Asked): readonly Finding[] {
  const { failure, answer } = probe;
  if (failure?.kind === "timeout" || failure?.kind === "connect" || failure?.number === 120) return [];
  if (failure?.kind === "alert" || failure?.kind === "openssl")
    return [required(asked, `answers with alert ${failure.number ?? "?"} without one`, failure.number)];
  if (failure !== undefined) return [dropped(asked, "closes the connection without a word when none is given")];
  if (refusals.has(answer?.status ?? 0)) return [required(asked, `answers with status ${answer?.status ?? 0} without one`)];
  return [
    {
      id: "client-certificate-optional",
      severity: "info",
      summary: "The server asks for a client certificate, but answers without one.",
      remedy: "Nothing, unless it refuses what you may do with one: then give it with --cert and --key (tls.cert, tls.key).",
      facts: { status: answer?.status ?? 0 },
    },
  ];
}

export function required(asked: Asked, how: string, alert?: number): Finding {
  return {
    id: "client-certificate-required",
    severity: "problem",
    summary: `The server requires a client certificate: it ${how}.`,
    remedy:
      "Give a client certificate and its key, as its administrators issue them: --cert client.pem --key client.key, or tls.cert and tls.key.",
    command: withIdentity(asked),
    ...(alert === undefined ? {} : { facts: { alert } }),
  };
}

export function dropped(asked: Asked, how: string): Finding {
  return {
    id: "client-certificate-dropped",
    severity: "problem",
    summary: `The server asks for a client certificate and ${how}.`,
    remedy:
      "Give a client certificate that the server accepts, with its intermediates in the same file: --cert client.pem --key client.key. The server's log says what it did not like.",
    command: withIdentity(asked),
  };
}

/** How the given client certificate was received. */
export function identityFindings(probe: Handshake, asked: Asked): readonly Finding[] {
  const { failure, answer } = probe;
  if (failure?.kind === "timeout" || failure?.kind === "connect") return [];
  if (failure?.kind === "alert") {
    const why = alerts[failure.number ?? 0];
    if (why === undefined && failure.number !== 40) return [];
    return [refused(`${why ?? "for a reason it does not give"} (alert ${failure.number ?? 0})`, failure.number)];
  }
  if (failure !== undefined)
    return probe.isCertificateWanted ? [dropped(asked, "closes the connection without a word when it is given this one")] : [];
  if (answer?.status !== undefined && refusals.has(answer.status)) return [refused(`it answers with status ${answer.status}`, undefined)];
  return [];
}

function refused(why: string, alert: number | undefined): Finding {
  return {
    id: "client-certificate-refused",
    severity: "problem",
    summary: `The server refuses the client certificate: ${why}.`,
    remedy:
      "Put its intermediates after it in the --cert file; renew it if it has expired; ask the server's administrators which authority they accept.",
    command: "cat client.pem intermediate.pem > client-chain.pem",
    ...(alert === undefined ? {} : { facts: { alert } }),
  };
}

/** It stays here as long as the server is not known to be the right one. */
export function notTried(): Finding {
  return {
    id: "client-certificate-not-tried",
    severity: "info",
    summary: "The client certificate was not sent: the server has not proved who it is.",
    remedy: "Mend the other findings first, then ask again.",
  };
}

/** Certificate and key belong together, and OpenSSL will not have them all the same. */
export function unusable(message: string): Finding {
  const reason = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]*)/i.exec(message)?.[1] ?? message;
  return {
    id: "client-certificate-unusable",
    severity: "problem",
    summary: `OpenSSL does not use the client certificate: ${escapeText(reason)}.`,
    remedy: "Have it reissued for a current key (EC P-256, or RSA with at least 2048 bits) and with a SHA-256 signature.",
    command: "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out client.key",
  };
}
