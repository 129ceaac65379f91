import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { failureOf, type Handshake, type HandshakeFailure } from "../handshake.ts";
import { readTranscript } from "../transcript.ts";
import { bareHead } from "./head.ts";
import { openSocket, type Target } from "./open-socket.ts";
import { Tap } from "./tap.ts";

export interface HandshakeOptions {
  readonly context: SecureContext;
  /** Whom the certificate must be for, by Node's own verdict. @default nobody is compared */
  readonly host?: string | undefined;
  /** Empty: none is sent. */
  readonly servername: string;
  readonly protocols: readonly string[];
  /** After the handshake a bare `HEAD /` is sent for this host, and its answer, an alert or the end awaited. Nothing else ever is. */
  readonly headFor?: string | undefined;
  /** Node itself breaks it off when it refuses the certificate: only so it says why in words. */
  readonly isStrict?: boolean | undefined;
}

/** One handshake that nobody verifies unless asked to: on it nothing of the user's is sent. Never rejects but for the signal. */
export async function handshake(target: Target, options: HandshakeOptions): Promise<Handshake> {
  let socket: Duplex;
  try {
    socket = await openSocket(target);
  } catch (error) {
    target.signal?.throwIfAborted();
    return unconnected(error instanceof Error ? error : new Error(String(error)));
  }
  const tap = new Tap(socket);
  const secured = connect({
    socket: tap,
    servername: options.servername,
    ...(options.host === undefined ? { checkServerIdentity: () => undefined } : { host: options.host }),
    secureContext: options.context,
    ...(options.protocols.length === 0 ? {} : { ALPNProtocols: [...options.protocols] }),
    requestOCSP: true,
    rejectUnauthorized: options.isStrict === true,
  });
  try {
    return await observe({ secured, tap, target, headFor: options.headFor });
  } finally {
    secured.destroy();
    tap.destroy();
  }
}

interface Observed {
  readonly secured: TLSSocket;
  readonly tap: Tap;
  readonly target: Target;
  readonly headFor: string | undefined;
}

async function observe({ secured, tap, target: { timeoutMs, signal }, headFor }: Observed): Promise<Handshake> {
  let staple: Buffer | undefined;
  secured.on("OCSPResponse", (response: Buffer | null) => (staple = response ?? undefined));
  const end = endOf(secured, tap, { timeoutMs, signal });
  try {
    const secure = new Promise<undefined>((resolve) => secured.once("secureConnect", () => resolve(undefined)));
    const early = await Promise.race([secure, end.failed]);
    const facts = early === undefined ? factsOf(secured) : nothing;
    const isAnswerWanted = early === undefined && headFor !== undefined;
    const answer = isAnswerWanted ? await Promise.race([bareHead(secured, headFor), end.failed]) : undefined;
    signal?.throwIfAborted();
    const transcript = readTranscript(tap.received);
    const error = early ?? (answer instanceof Error ? answer : undefined);
    return {
      ...facts,
      isComplete: early === undefined,
      failure: error === undefined ? undefined : endedOr(failureOf(error, transcript), tap),
      transcript,
      helloBytes: tap.helloBytes,
      certificates: facts.certificates.length > 0 ? facts.certificates : transcript.certificates,
      staple,
      answer: answer instanceof Error ? undefined : answer,
      isCertificateWanted: facts.isCertificateWanted || transcript.isCertificateRequested,
    };
  } finally {
    end.dispose();
  }
}

/** Node calls both ECONNRESET: the end of the server's stream, and a reset. */
function endedOr(failure: HandshakeFailure, { hasEnded }: Tap): HandshakeFailure {
  return failure.kind === "reset" && hasEnded ? { ...failure, kind: "closed" } : failure;
}

const nothing = {
  certificates: [],
  verdict: undefined,
  protocol: undefined,
  cipher: undefined,
  alpn: undefined,
  isCertificateWanted: false,
};

function factsOf(secured: TLSSocket): Pick<Handshake, "certificates" | "verdict" | "protocol" | "cipher" | "alpn" | "isCertificateWanted"> {
  const reason: unknown = secured.authorizationError;
  return {
    certificates: chainOf(secured),
    verdict: secured.authorized || reason == null ? undefined : wordOf(reason),
    protocol: secured.getProtocol() ?? undefined,
    cipher: secured.getCipher().standardName,
    alpn: secured.alpnProtocol === false || secured.alpnProtocol === null ? undefined : secured.alpnProtocol,
    // On the client's side OpenSSL knows signature algorithms of the peer only from a CertificateRequest.
    isCertificateWanted: secured.getSharedSigalgs().length > 0,
  };
}

function wordOf(reason: unknown): string {
  return reason instanceof Error && "code" in reason ? String(reason.code) : String(reason);
}

/** getPeerX509Certificate is the chain as it was sent; getPeerCertificate(true) the one OpenSSL built. */
function chainOf(secured: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = [];
  let certificate: X509Certificate | undefined = secured.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < 100) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

/** Resolves with the error once the connection breaks, ends, takes too long or is given up. */
function endOf(
  secured: TLSSocket,
  tap: Tap,
  { timeoutMs, signal }: Pick<Target, "timeoutMs" | "signal">,
): { failed: Promise<Error>; dispose: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const failed = new Promise<Error>((resolve) => {
    // What the last bytes say (an alert) beats that they were the last: one turn later.
    const later = (error: Error): void => void setImmediate(() => setImmediate(() => resolve(error)));
    secured.on("error", resolve);
    tap.on("error", later);
    tap.on("ended", () => later(coded("the server closed the connection", "closed")));
    tap.on("close", () => later(coded("the connection was closed", "closed")));
    timer = setTimeout(() => resolve(coded("no answer in time", "ETIMEDOUT")), timeoutMs);
    onAbort = () => resolve(coded("aborted", "aborted"));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  return {
    failed,
    dispose: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

function unconnected(error: Error & { code?: string }): Handshake {
  const timedOut = error.code === "ETIMEDOUT";
  return {
    ...nothing,
    isComplete: false,
    failure: { kind: "connect", code: error.code, number: undefined, text: timedOut ? "no connection in time" : error.message },
    transcript: readTranscript(Buffer.alloc(0)),
    helloBytes: 0,
    staple: undefined,
    answer: undefined,
  };
}
