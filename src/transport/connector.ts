import { performance } from "node:perf_hooks";
import type { Socket } from "node:net";
import { connect as connectTLS, type TLSSocket } from "node:tls";
import { describeProxy } from "../proxy/index.ts";
import { dial, type Dialing, type Lookup } from "./dial.ts";
import { CertificateRejected } from "./certificate-rejected.ts";
import { dialThroughProxy } from "./proxy/dial.ts";
import type { ProxyRoute } from "./proxy/route.ts";
import type { TLSMaterial } from "./tls-material.ts";
import { dialUnixSocket } from "./unix-socket.ts";

export type ConnectStage = "dns" | "connect" | "tls";

export interface ConnectTimings {
  dnsMs?: number;
  connectMs?: number;
  tlsMs?: number;
}

/** Where a connection goes, and how. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Present for https. */
  readonly tls: TLSMaterial | undefined;
  /** Through a proxy; undefined: directly. */
  readonly route: ProxyRoute | undefined;
  /** A Unix socket to go to, whatever host and port are. */
  readonly socketPath: string | undefined;
  readonly isPublicOnly: boolean;
  readonly lookup?: Lookup | undefined;
  /** TLS sessions of the origin, so that the next handshake is short. */
  readonly resumption: { session?: Buffer };
}

export interface ConnectorOptions extends Destination {
  readonly timeoutMs: number;
  readonly onStage: (stage: ConnectStage) => void;
  /** What ALPN offers. @default HTTP/1.1 alone */
  readonly protocols?: readonly string[] | undefined;
}

/** DNS, TCP and TLS took longer than the connect timeout. */
export class ConnectTimeout extends Error {
  readonly stage: ConnectStage;
  /** The proxy on the way, named for the message. */
  readonly through: string | undefined;

  constructor(stage: ConnectStage, route?: ProxyRoute) {
    super(`no connection in time (${stage})`);
    this.stage = stage;
    this.through = route === undefined ? undefined : describeProxy(route.proxy);
  }
}

/** One connection being made: DNS, TCP by happy eyeballs, TLS, each timed, all of it within one timeout. */
export class Connector {
  readonly timings: ConnectTimings = {};
  /** The server asked for a client certificate. */
  isCertificateWanted = false;
  readonly #options: ConnectorOptions;
  #dialing: Dialing | undefined;
  #socket: TLSSocket | undefined;
  #stage: ConnectStage = "connect";
  #stageStartedAt = 0;
  #cancelled: Error | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  get isCancelled(): boolean {
    return this.#cancelled !== undefined && !(this.#cancelled instanceof ConnectTimeout);
  }

  /** Where it is, or where it failed. */
  get stage(): ConnectStage {
    return this.#stage;
  }

  async connect(): Promise<Socket> {
    const { host, port, route, socketPath, isPublicOnly, timeoutMs, tls, lookup } = this.#options;
    const timer = setTimeout(() => this.cancel(new ConnectTimeout(this.#stage, route)), timeoutMs);
    this.#stageStartedAt = performance.now();
    try {
      const options = { host, port, isPublicOnly, lookup, onStage: (stage: ConnectStage) => this.#enter(stage) };
      if (socketPath !== undefined) this.#dialing = dialUnixSocket(socketPath, options);
      else this.#dialing = route === undefined ? dial(options) : dialThroughProxy({ ...options, route });
      const socket = await this.#dialing.done;
      if (tls === undefined) {
        this.#leave();
        return socket;
      }
      this.#enter("tls");
      const secured = await this.#secure(socket, tls);
      this.#leave();
      return secured;
    } finally {
      clearTimeout(timer);
    }
  }

  cancel(reason: Error): void {
    this.#cancelled = reason;
    this.#dialing?.cancel(reason);
    this.#socket?.destroy(reason);
  }

  #secure(socket: Socket, tls: TLSMaterial): Promise<TLSSocket> {
    const { host, resumption, protocols } = this.#options;
    // RFC 6066 3: without the dot that ends a fully qualified name; certificates are without it too.
    const servername = (tls.servername ?? host).replace(/\.$/, "");
    return new Promise((resolve, reject) => {
      if (this.#cancelled !== undefined) {
        socket.destroy();
        reject(this.#cancelled);
        return;
      }
      const secured = connectTLS({
        socket,
        host: servername,
        // RFC 6066 3: an IP address is not a server name.
        servername: /^[\d.]+$|:/.test(servername) ? "" : servername,
        secureContext: tls.context,
        ALPNProtocols: [...(protocols ?? ["http/1.1"])],
        session: resumption.session,
        // The verdict is asked for below, before a byte is sent: only so are the certificate's facts at hand for the error.
        rejectUnauthorized: false,
      });
      this.#socket = secured;
      secured.on("session", (session) => {
        resumption.session = session;
      });
      // Both stay: settling twice does nothing, and an error before the next owner listens must not end the process.
      secured.on("error", reject);
      secured.once("close", () => reject(closedEarly()));
      secured.once("secureConnect", () => {
        if (tls.isVerified && !secured.authorized) {
          const rejection = new CertificateRejected(secured, servername);
          delete resumption.session;
          secured.destroy();
          reject(rejection);
          return;
        }
        // On the client's side OpenSSL knows signature algorithms of the peer only from a CertificateRequest.
        this.isCertificateWanted = secured.getSharedSigalgs().length > 0;
        resolve(secured);
      });
    });
  }

  #enter(stage: ConnectStage): void {
    this.#leave();
    this.#stage = stage;
    this.#options.onStage(stage);
  }

  #leave(): void {
    const now = performance.now();
    const key = `${this.#stage}Ms` as const;
    this.timings[key] = (this.timings[key] ?? 0) + (now - this.#stageStartedAt);
    this.#stageStartedAt = now;
  }
}

function closedEarly(): Error {
  return Object.assign(new Error("the connection was closed during the TLS handshake"), { code: "ECONNRESET" });
}
