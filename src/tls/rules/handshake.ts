import { escapeText } from "../asn1/values.ts";
import type { Finding } from "../diagnosis.ts";
import { isPlainHTTP, type Handshake, type HandshakeFailure, type HeadAnswer } from "../handshake.ts";
import { clientCertificateAlerts, dropped, required } from "./client-certificate.ts";
import { origin } from "./evidence.ts";
import { notTLS } from "./other-protocols.ts";
import { shellWord } from "./words.ts";

/** A handshake that failed, and what further attempts have shown. */
export interface FailedHandshake {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly first: Handshake;
  /** With a ClientHello as small as can be. */
  readonly small: Handshake | undefined;
  /** With every cipher and version there is. */
  readonly wide: Handshake | undefined;
  /** Without a name. */
  readonly nameless: Handshake | undefined;
  /** The answer to a bare request in clear. */
  readonly plain: HeadAnswer | undefined;
}

// OpenSSL's reasons by number (ssl/sslerr.h): they are the same in 3.0 and 3.5, their names are not.
const reasons = {
  unsupportedProtocol: 258,
  wrongVersionNumber: 267,
  httpRequest: 156,
  packetTooLong: 198,
  dhKeyTooSmall: 394,
  legacyRenegotiation: 338,
} as const;
const noTLS = new Set<number | undefined>([reasons.wrongVersionNumber, reasons.httpRequest, reasons.packetTooLong]);

/** Why there was no handshake: the one finding that answers. */
export function handshakeFindings(evidence: FailedHandshake): readonly Finding[] {
  const { first, plain } = evidence;
  const { failure } = first;
  if (failure === undefined) return [];
  if (failure.kind === "connect") return [noConnection(evidence, failure)];
  if (first.transcript.isTLS === false) return [notTLS(evidence, first.transcript.banner ?? "")];
  if (plain?.status !== undefined && isPlainHTTP(plain)) return [notTLS(evidence, `HTTP/1.1 ${plain.status}`)];
  if (failure.kind === "alert") return [alertFinding(evidence, failure)];
  if (failure.kind === "openssl") return [opensslFinding(evidence, failure)];
  return [silentFinding(evidence, failure)];
}

/** What a handshake that came about shows all the same: Node 22 still takes a Diffie-Hellman group that 24 refuses. */
export function completedFindings({ transcript: { dhBits } }: Handshake): readonly Finding[] {
  return dhBits !== undefined && dhBits < 2048 ? [weakDh(dhBits)] : [];
}

function alertFinding(evidence: FailedHandshake, failure: HandshakeFailure): Finding {
  const { number = 0 } = failure;
  const { first } = evidence;
  if (clientCertificateAlerts.has(number) || (number === 40 && first.isCertificateWanted))
    return required(evidence, `answers with alert ${number} without one`, number);
  if (number === 112) return nameRefused(evidence, "does not know the name (alert 112)");
  if (number === 120) return alpnRefused();
  if (number === 70) return oldProtocol(evidence.wide, "alert 70");
  if (number === 40 || number === 71) return noSharedCipher(evidence, number);
  return failed(`the server ended it with alert ${number} (${escapeText(failure.text)})`, number);
}

function opensslFinding(evidence: FailedHandshake, failure: HandshakeFailure): Finding {
  const { number } = failure;
  if (noTLS.has(number)) return notTLS(evidence, "");
  if (number === reasons.unsupportedProtocol) return oldProtocol(evidence.wide, "it answers with an older version");
  if (number === reasons.dhKeyTooSmall) return weakDh(evidence.wide?.transcript.dhBits ?? evidence.first.transcript.dhBits);
  if (number === reasons.legacyRenegotiation) return legacyRenegotiation();
  return failed(`${escapeText(failure.text)} (OpenSSL reason ${number ?? 0})`, number);
}

/** Closed, reset or silent. */
function silentFinding(evidence: FailedHandshake, { kind }: HandshakeFailure): Finding {
  const { first, nameless, wide, servername } = evidence;
  if (evidence.small?.isComplete === true) return largeHello(evidence, evidence.small);
  if (first.isCertificateWanted) return dropped(evidence, "closes the connection without a word when none is given");
  if (servername !== "" && nameless?.isComplete === true)
    return nameRefused(evidence, "closes the connection when this name is asked for, and answers without a name");
  if (wide?.isComplete === true)
    return wide.protocol !== undefined && wide.protocol < "TLSv1.2"
      ? oldProtocol(evidence.wide, "it closes the connection")
      : noSharedCipher(evidence, undefined);
  const after = first.transcript.sizeBytes === 0 ? "before a byte of its answer" : "in the middle of its answer";
  if (kind === "timeout") {
    return {
      id: "handshake-timeout",
      severity: "problem",
      summary: `The server takes the connection, but the handshake stalls ${after}.`,
      remedy:
        "Is it the right port, and does the server hang? If only this network sees it: a firewall or a path that loses large packets (MTU); try another network, or a smaller MTU.",
      command: `ping -M do -s 1400 ${shellWord(evidence.host)}`,
      facts: { receivedBytes: first.transcript.sizeBytes },
    };
  }
  return {
    id: kind === "reset" ? "handshake-reset" : "handshake-closed",
    severity: "problem",
    summary: `The connection was ${kind === "reset" ? "reset" : "closed"} during the handshake, ${after}.`,
    remedy:
      "Something refuses without saying why: a firewall or filter by name, a list of allowed addresses, or the server itself. Compare from another network, and look into the server's log.",
    command: `openssl s_client -connect ${shellWord(`${evidence.host}:${evidence.port}`)} -servername ${shellWord(evidence.servername || evidence.host)}`,
    facts: { receivedBytes: first.transcript.sizeBytes },
  };
}

/** Key shares against quantum computers make a ClientHello longer than a packet, which some middleboxes and old servers cannot take. */
function largeHello({ first }: FailedHandshake, small: Handshake): Finding {
  return {
    id: "large-client-hello",
    severity: "problem",
    summary: `The server answers a ClientHello of ${small.helloBytes} bytes, but not the usual one of ${first.helloBytes} bytes: something on the way, or the server, does not take one that fills more than a packet.`,
    remedy:
      "Update the server, load balancer or firewall on the way (tldr.fail explains the fault), or lower the MTU if large packets get lost. A program of your own can ask for small key shares until then: ecdhCurve: 'X25519' in Node.",
    facts: { helloBytes: first.helloBytes, answeredBytes: small.helloBytes },
  };
}

function noConnection({ host, port }: FailedHandshake, failure: HandshakeFailure): Finding {
  return {
    id: "no-connection",
    severity: "problem",
    summary: `There is no connection to ${escapeText(host)}:${port} (${escapeText(failure.code ?? failure.text)}); TLS was not reached.`,
    remedy: "Check name, port, and that the server runs; then routes, VPN and firewall.",
    facts: { code: failure.code ?? "" },
  };
}

function nameRefused(evidence: FailedHandshake, how: string): Finding {
  const { servername, host } = evidence;
  const command = `errand doctor --servername NAME ${shellWord(`https://${origin(evidence)}/`)}`;
  if (servername === "") {
    return {
      id: "sni-needed",
      severity: "problem",
      summary: `The server needs a name: asked by address (${escapeText(host)}), it ${how}.`,
      remedy: "Use the host name in the URL, and --connect for the address; or say the name with --servername (tls.servername).",
      command,
    };
  }
  return {
    id: "sni-refused",
    severity: "problem",
    summary: `The server ${how}: ${escapeText(servername)}.`,
    remedy:
      "Check the spelling and that DNS leads to the right server; there, configure a site with a certificate for this name. With --servername another name can be asked for.",
    command,
    facts: { servername },
  };
}

function alpnRefused(): Finding {
  return {
    id: "alpn",
    severity: "problem",
    summary: "The server speaks none of the protocols that were offered, HTTP/2 and HTTP/1.1 (alert 120).",
    remedy: "Is it an HTTP server? Allow http/1.1 in its ALPN list.",
    facts: { offered: ["h2", "http/1.1"] },
  };
}

function oldProtocol(wide: Handshake | undefined, how: string): Finding {
  const spoken = wide?.isComplete === true ? wide.protocol : undefined;
  return {
    id: "protocol-version",
    severity: "problem",
    summary: `The server speaks neither TLS 1.2 nor 1.3${spoken === undefined ? ` (${how})` : `, only up to ${spoken.replace("TLSv", "TLS ").replace(/ 1$/, " 1.0")}`}.`,
    remedy:
      "Upgrade the server or switch TLS 1.2 and 1.3 on in it (RFC 8996 retired what came before); a device that cannot belongs behind a proxy that can.",
    ...(spoken === undefined ? {} : { facts: { protocol: spoken } }),
  };
}

function noSharedCipher({ wide }: FailedHandshake, alert: number | undefined): Finding {
  const dhBits = wide?.transcript.dhBits;
  if (wide?.isComplete === true && dhBits !== undefined && dhBits < 2048) return weakDh(dhBits);
  if (wide?.isComplete === true && (wide.protocol ?? "") < "TLSv1.2") return oldProtocol(wide, "alert 40");
  const only =
    wide?.isComplete === true
      ? `; it takes ${wide.cipher ?? "an unknown one"}, which is too weak to be offered`
      : ", and no weaker one helps";
  return {
    id: "no-shared-cipher",
    severity: "problem",
    summary: `The server accepts none of the ciphers that are offered${alert === undefined ? "" : ` (alert ${alert})`}${only}.`,
    remedy:
      "Configure the server with current ciphers (ECDHE with AES-GCM or ChaCha20), or with a certificate for them. Some servers say the same when they want a client certificate.",
    command: "openssl ciphers -v 'ECDHE+AESGCM:ECDHE+CHACHA20'",
    facts: { ...(alert === undefined ? {} : { alert }), ...(wide?.cipher === undefined ? {} : { cipher: wide.cipher }) },
  };
}

function weakDh(bits: number | undefined): Finding {
  return {
    id: "weak-dh",
    severity: "problem",
    summary: `The server's Diffie-Hellman parameters are too weak${bits === undefined ? "" : `: ${bits} bits, where 2048 are the least`} (Logjam).`,
    remedy: "Prefer ECDHE ciphers in the server, or give it new parameters.",
    command: "openssl dhparam -out dhparam.pem 2048",
    ...(bits === undefined ? {} : { facts: { bits } }),
  };
}

function legacyRenegotiation(): Finding {
  return {
    id: "legacy-renegotiation",
    severity: "problem",
    summary: "The server does not know secure renegotiation (RFC 5746), without which OpenSSL 3 refuses a handshake.",
    remedy: "Update the server or the middlebox before it: every TLS library since 2010 has it.",
  };
}

function failed(why: string, number: number | undefined): Finding {
  return {
    id: "handshake-failed",
    severity: "problem",
    summary: `The handshake failed: ${why}.`,
    remedy: "Look into the server's log of the same moment; compare with openssl s_client.",
    facts: { number: number ?? 0 },
  };
}
