import { isIP, type Socket } from "node:net";
import { connect as connectTLS } from "node:tls";
import type { ProxyChoice } from "../../proxy/index.ts";
import { certificateFinding, handshakeFinding, type CodedFinding } from "../../tls/findings.ts";
import { CertificateRejected } from "../certificate-rejected.ts";
import type { Dialing } from "../dial.ts";
import { ProxyFailure } from "./failure.ts";
import type { TLSMaterial, TLSOptions } from "../tls-material.ts";

/**
 * What of a session's TLS options is for its https proxy: whom to trust.
 *
 * Not the client certificate and the server name, which are the target's; and `roots: "only"` says who may be the target, so that a proxy
 * with a public certificate stays usable beside a cluster's own CA.
 */
export function proxyTLSOptions({ ca, verify }: TLSOptions): TLSOptions {
  return { ...(ca === undefined ? {} : { ca }), ...(verify === undefined ? {} : { verify }) };
}

/**
 * Protects the connection to an https proxy.
 *
 * @param tls from {@link proxyTLSOptions}
 * @throws ProxyFailure through `done`, kind `tls` with its finding where the handshake itself failed; the socket is destroyed
 */
export function secureProxy(socket: Socket, proxy: ProxyChoice, tls: TLSMaterial): Dialing {
  const secured = connectTLS({
    socket,
    host: proxy.host,
    // RFC 6066 3: an IP address is not a server name.
    servername: isIP(proxy.host) === 0 ? proxy.host : "",
    secureContext: tls.context,
    ALPNProtocols: ["http/1.1"],
    // The verdict is asked for below, before a byte is sent: only so are the certificate's facts at hand for the error.
    rejectUnauthorized: false,
  });
  let fail: (error: Error) => void = () => undefined;
  const done = new Promise<Socket>((resolve, reject) => {
    fail = (error) => {
      secured.destroy();
      reject(error);
    };
    // It stays: an error before the next owner listens must not end the process.
    secured.on("error", (error) => fail(failureOf(error, proxy)));
    secured.once("close", () => fail(closedEarly(proxy)));
    secured.once("secureConnect", () => {
      if (tls.isVerified && !secured.authorized) fail(rejected(new CertificateRejected(secured, proxy.host), proxy));
      else resolve(secured);
    });
  });
  return { done, cancel: (reason) => fail(reason) };
}

function rejected(cause: CertificateRejected, proxy: ProxyChoice): ProxyFailure {
  const finding = certificateFinding({ reason: cause.code, host: cause.host, certificate: cause.certificate, nowMs: Date.now() });
  return tlsFailure(finding, proxy, cause);
}

function failureOf(cause: Error, proxy: ProxyChoice): ProxyFailure {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  const finding = handshakeFinding(cause.message, code);
  if (finding?.code === "ERR_TLS_PLAIN_HTTP") {
    return new ProxyFailure(proxy, {
      kind: "protocol",
      problem: "does not speak TLS: it looks like a plain HTTP proxy",
      hint: "Write http:// in its URL; what goes through the tunnel to an https target is encrypted all the same.",
      cause,
    });
  }
  if (finding !== undefined) return tlsFailure(finding, proxy, cause);
  return new ProxyFailure(proxy, {
    kind: "unreachable",
    problem: `broke off the TLS handshake (${code ?? cause.message})`,
    hint: "Check that an https proxy listens there.",
    cause,
  });
}

function tlsFailure(finding: CodedFinding, proxy: ProxyChoice, cause: Error): ProxyFailure {
  const { summary, remedy } = finding.finding;
  return new ProxyFailure(proxy, { kind: "tls", problem: `cannot be trusted: ${summary}`, hint: remedy, cause, finding });
}

function closedEarly(proxy: ProxyChoice): ProxyFailure {
  return new ProxyFailure(proxy, {
    kind: "unreachable",
    problem: "closed the connection during the TLS handshake",
    hint: "Check that an https proxy listens there.",
  });
}
