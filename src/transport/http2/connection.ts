import { connect, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from "node:http2";
import { ConnectionDropped, type Established, type Target } from "../carrier.ts";
import type { ConnectTimings } from "../connector.ts";
import { connectionLost, streamReset } from "./failure.ts";
import { Http2Stream } from "./stream.ts";

/** What one stream may have in flight, as Go's client has it; the connection's window is never what holds up another stream. */
const streamWindowBytes = 4 * 1024 * 1024;
const connectionWindowBytes = 16 * 1024 * 1024;
/** As for HTTP/1.1. */
const maxHeaderBytes = 16 * 1024;
const maxHeaderPairs = 2_000;
/** As for HTTP/1.1: below the 5 s after which Node servers close an idle connection. */
const keepAliveMs = 4_000;

export interface Http2Owner {
  /** A stream may be free that was not. */
  onFree(connection: Http2Connection): void;
  /** It takes no new stream any more. */
  onLost(connection: Http2Connection): void;
  /** RFC 9113 7: this origin wants HTTP/1.1, whatever its handshake said. */
  onHttp1Required(): void;
}

/** One HTTP/2 connection, shared by as many exchanges as the peer allows. */
export class Http2Connection {
  readonly authority: string;
  readonly isCertificateWanted: boolean;
  readonly #session: ClientHttp2Session;
  readonly #socket: Established["socket"];
  readonly #owner: Http2Owner;
  #timings: ConnectTimings | undefined;
  #carried = 0;
  #active = 0;
  #isSettled = false;
  #isRetired = false;
  #goawayLastId: number | undefined;
  #error: Error | undefined;
  #isDestroyed = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor({ origin, authority }: Target, { socket, timings, isCertificateWanted }: Established, owner: Http2Owner) {
    this.authority = authority;
    this.isCertificateWanted = isCertificateWanted;
    this.#owner = owner;
    this.#timings = timings;
    this.#socket = socket;
    this.#session = openSession(origin, socket);
    this.#rest();
    this.#session.on("remoteSettings", () => {
      this.#isSettled = true;
      this.#owner.onFree(this);
    });
    this.#session.on("goaway", (_code, lastStreamId) => {
      this.#goawayLastId = lastStreamId;
      this.retire();
    });
    this.#session.on("error", (error) => {
      this.#error ??= error;
    });
    this.#session.on("close", () => {
      clearTimeout(this.#idleTimer);
      this.retire();
    });
  }

  /** Before the peer's SETTINGS one request goes out, for its limit is not known yet. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get isUsed(): boolean {
    return this.#carried > 0;
  }

  get isUsable(): boolean {
    return !this.#isRetired && !this.#session.closed && !this.#session.destroyed;
  }

  get hasRoom(): boolean {
    const max = this.#isSettled ? (this.#session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY) : 1;
    return this.isUsable && this.#active < max;
  }

  get isIdle(): boolean {
    return this.#active === 0;
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead;
  }

  take(): Http2Stream {
    clearTimeout(this.#idleTimer);
    if (this.#active === 0) this.#session.ref();
    const stream = new Http2Stream(this, this.#carried, this.#timings);
    this.#timings = undefined;
    this.#carried += 1;
    this.#active += 1;
    return stream;
  }

  request(fields: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    // Named so that they are own properties: Node would take them from a polluted Object.prototype.
    return this.#session.request(fields, { endStream, waitForTrailers: undefined, signal: undefined });
  }

  /** An exchange ended, however it did. */
  giveBack(): void {
    this.#active -= 1;
    this.#rest();
    this.#owner.onFree(this);
  }

  /** While nobody uses it, it keeps no program alive, and goes after a while. */
  #rest(): void {
    if (this.#active > 0 || this.#session.destroyed) return;
    if (this.#isRetired) {
      this.destroy();
      return;
    }
    this.#session.unref();
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.destroy(), keepAliveMs);
    this.#idleTimer.unref();
  }

  /** Takes no new stream, and ends with its last. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#owner.onLost(this);
    this.#rest();
  }

  destroy(): void {
    this.#isDestroyed = true;
    clearTimeout(this.#idleTimer);
    this.#session.destroy();
  }

  /** Nothing was written for a request that finds the connection so. */
  lost(): Error {
    return this.#lostWith(true);
  }

  /** Why a stream ended without its response. */
  judge(stream: ClientHttp2Stream, error: Error | undefined): Error {
    const { rstCode, id } = stream;
    const isBeyondGoaway = this.#goawayLastId !== undefined && id !== undefined && id > this.#goawayLastId;
    if (id === undefined || isBeyondGoaway) return this.#lostWith(true);
    if (this.#session.destroyed) return this.#lostWith(false, error);
    const failure = streamReset(rstCode ?? 0, error);
    if (failure.fate.isConnectionLost) this.#owner.onHttp1Required();
    return failure;
  }

  #lostWith(isUnprocessed: boolean, cause?: Error): Error {
    if (this.#isDestroyed) return new ConnectionDropped();
    return connectionLost(this.#error ?? cause, { isUnprocessed, hasGoaway: this.#goawayLastId !== undefined });
  }
}

function openSession(origin: string, socket: Established["socket"]): ClientHttp2Session {
  const options = {
    createConnection: () => socket,
    maxHeaderListPairs: maxHeaderPairs,
    // In MB; Node counts the bodies that wait to be sent, and past 10 MB of those refuses the headers of an answer.
    maxSessionMemory: 100_000,
    settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: maxHeaderBytes },
  };
  // Without a prototype: Node reads further options, and must not find them on a polluted Object.prototype.
  const session = connect(origin, Object.assign(Object.create(null), options));
  // Every stream listens.
  session.setMaxListeners(0);
  session.once("connect", () => session.setLocalWindowSize(connectionWindowBytes));
  return session;
}
