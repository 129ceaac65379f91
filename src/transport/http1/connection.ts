import type { Socket } from "node:net";
import type { Cancellation } from "../cancellation.ts";
import { connectFailures, ConnectionDropped, type Carrier, type Established, type Target } from "../carrier.ts";
import { Connector, type ConnectTimings } from "../connector.ts";
import { contentLength, requestFields, type RequestFields } from "../fields.ts";
import type { Controller, Handler, OutgoingRequest, ResponseStart } from "../handler.ts";
import { closedEarly } from "./failure.ts";
import { IdleTimer } from "./idle-timer.ts";
import type { NextTurn } from "./next-turn.ts";
import type { ParsedHead } from "./response-head.ts";
import { isBlankLine, ResponseParser, type ResponseSink } from "./response-parser.ts";
import { requestHead, writeStream, writeWhole } from "./write-request.ts";

/** The pool a connection belongs to. */
export interface ConnectionOwner {
  /** So many requests are under way that it pays to write the next ones together. */
  readonly isCrowded: boolean;
  readonly nextTurn: NextTurn;
  /** Its exchange succeeded: it is free for the next. */
  onFree(connection: Http1Connection): void;
  /** Its exchange failed or was cancelled: its state is unknown. */
  onSpoilt(connection: Http1Connection): void;
  /** Closed while it was idle. */
  onLost(connection: Http1Connection): void;
}

/** The request under way, from the moment it is dispatched to its end. */
interface Current {
  readonly request: OutgoingRequest;
  readonly fields: RequestFields;
  readonly contentLength: number | undefined;
  readonly handler: Handler;
  readonly cancellation: Cancellation;
  /** It is being written, or has been. */
  isStarted: boolean;
  isSent: boolean;
}

/** One connection to an origin, carrying one request at a time; it connects anew when the server closed it while idle. */
export class Http1Connection implements Carrier, Controller, ResponseSink {
  readonly httpVersion = "1.1";
  /** Requests sent over the present socket before the current one. */
  requestsBefore = 0;
  /** Over all its sockets. */
  receivedBytes = 0;
  /** Set while a request is in flight. */
  isBusy = false;
  /** Fresh connection phases, taken by the first exchange. */
  timings: ConnectTimings | undefined;
  /** The server asked for a client certificate in the handshake. */
  isCertificateWanted = false;
  readonly #target: Target;
  readonly #owner: ConnectionOwner;
  readonly #parser = new ResponseParser(this);
  readonly #idle = new IdleTimer(() => this.#close());
  #socket: Socket | undefined;
  #connector: Connector | undefined;
  #current: Current | undefined;
  /** Made by somebody else, for the first request. */
  #ready: Established | undefined;

  constructor(target: Target, owner: ConnectionOwner, ready?: Established) {
    this.#target = target;
    this.#owner = owner;
    this.#ready = ready;
    this.timings = ready?.timings;
  }

  /** False between two sockets: what is dispatched now has not been written. */
  get isConnected(): boolean {
    return this.#socket !== undefined || this.#ready !== undefined;
  }

  dispatch(request: OutgoingRequest, handler: Handler, cancellation: Cancellation): void {
    let current: Current;
    try {
      const fields = requestFields(request.headers);
      current = { request, fields, contentLength: contentLength(fields, request), handler, cancellation, isStarted: false, isSent: false };
    } catch (error) {
      handler.onResponseError(asError(error));
      return;
    }
    this.#current = current;
    if (this.#socket === undefined) void this.#connect(current);
    else if (this.requestsBefore === 0 || (isHarmless(request) && !this.#owner.isCrowded)) this.#begin(current);
    // The end of the connection may have arrived, and wait to be read: a POST that is written now would be lost.
    else this.#owner.nextTurn.add(() => this.#begin(current));
  }

  cancelConnect(reason: Error): void {
    this.#connector?.cancel(reason);
  }

  release(isWhole: boolean): void {
    this.isBusy = false;
    this.#current = undefined;
    if (isWhole) this.#owner.onFree(this);
    else this.#owner.onSpoilt(this);
  }

  destroy(): void {
    this.#connector?.cancel(new ConnectionDropped());
    this.#ready?.socket.destroy();
    this.#ready = undefined;
    if (this.#current === undefined) this.#close();
    else this.#fail(new ConnectionDropped());
  }

  abort(reason: Error): void {
    this.#fail(reason);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  onHead(head: ResponseStart): void {
    this.#current?.handler.onResponseStart(head);
  }

  onData(chunk: Buffer): void {
    this.#current?.handler.onResponseData(chunk);
  }

  onEnd(head: ParsedHead, hasExcess: boolean): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    if (head.isKeptAlive && !hasExcess && this.#isAllSent(current) && this.#idle.allow(head.keepAliveSeconds)) this.#rest();
    else this.#close();
    current.handler.onResponseEnd();
  }

  /** After an early answer the rest of the request would stand before the next one (RFC 9112 9.3). */
  #isAllSent({ request, fields, isSent }: Current): boolean {
    if (fields.isClosing || !isSent) return false;
    return request.body === undefined || this.#socket?.writableLength === 0;
  }

  async #connect(current: Current): Promise<void> {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready?.socket.destroyed === false) {
      this.#use(ready);
      this.#begin(current);
      return;
    }
    const connector = new Connector({
      ...this.#target,
      timeoutMs: this.#target.connectTimeoutMs,
      onStage: (stage) => {
        current.cancellation.phase = stage;
      },
    });
    this.#connector = connector;
    try {
      const socket = await connector.connect();
      this.#connector = undefined;
      if (this.#current !== current) {
        socket.destroy();
        return;
      }
      this.#use({ socket, timings: connector.timings, isCertificateWanted: connector.isCertificateWanted });
      this.#begin(current);
    } catch (error) {
      const failure = asError(error);
      connectFailures.set(failure, connector.stage);
      this.#connector = undefined;
      if (this.#current === current) this.#fail(failure);
    }
  }

  #use({ socket, timings, isCertificateWanted }: Established): void {
    this.#socket = socket;
    this.requestsBefore = 0;
    this.timings = timings;
    this.isCertificateWanted = isCertificateWanted;
    let brokenBy: Error | undefined;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => this.#lose(socket, brokenBy));
    socket.on("close", () => this.#lose(socket, brokenBy ?? closedEarly()));
    socket.on("error", (error) => {
      brokenBy ??= error;
      // After a TLS error in the middle of a connection Node leaves the socket open, and everybody would wait for a timeout.
      socket.destroy();
      this.#lose(socket, error);
    });
  }

  #begin(current: Current): void {
    if (this.#current !== current || current.isStarted) return;
    const socket = this.#socket;
    if (socket === undefined) {
      void this.#connect(current);
      return;
    }
    current.isStarted = true;
    this.#idle.stop();
    socket.ref();
    // The last body may have been taken more slowly than it came.
    if (socket.isPaused()) socket.resume();
    this.#parser.begin(current.request.method);
    current.handler.onRequestStart(this);
    if (this.#current !== current) return;
    this.#write(current, socket);
  }

  #write(current: Current, socket: Socket): void {
    const { request, fields, contentLength: length } = current;
    const head = requestHead(request, { fields, contentLength: length, host: this.#target.authority });
    const { body } = request;
    if (body === undefined || Buffer.isBuffer(body)) {
      writeWhole(socket, head, body);
      this.#sent(current);
      return;
    }
    writeStream(socket, body, { head, contentLength: length, isOpen: () => this.#current === current }).then(
      (isWhole) => {
        if (isWhole) this.#sent(current);
      },
      (error: unknown) => {
        if (this.#current === current) this.#fail(asError(error));
      },
    );
  }

  #sent(current: Current): void {
    current.isSent = true;
    if (this.#current === current) current.handler.onRequestSent();
  }

  #receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.#current?.isStarted === true) {
      try {
        this.#parser.push(chunk);
      } catch (error) {
        this.#fail(asError(error));
      }
    } else if (!isBlankLine(chunk)) {
      // Nobody asked for it: it would pass for the answer to the next request.
      this.#close();
      if (!this.isBusy) this.#owner.onLost(this);
    }
  }

  /** The socket ended (no error), or broke. A request that waits for its turn on it gets a new one. */
  #lose(socket: Socket, error: Error | undefined): void {
    if (this.#socket !== socket) return;
    if (this.#current?.isStarted !== true) {
      this.#close();
      if (!this.isBusy) this.#owner.onLost(this);
      return;
    }
    try {
      if (error !== undefined) throw error;
      this.#parser.end();
    } catch (reason) {
      this.#fail(asError(reason));
    }
  }

  #fail(error: Error): void {
    const current = this.#current;
    this.#current = undefined;
    this.#close();
    current?.handler.onResponseError(error);
  }

  #rest(): void {
    // An idle connection keeps no program alive.
    this.#socket?.unref();
    this.#idle.start();
  }

  #close(): void {
    this.#idle.clear();
    this.#socket?.destroy();
    this.#socket = undefined;
    this.requestsBefore = 0;
  }
}

/** What is repeated by itself when the connection turns out to be gone (RFC 9110 9.2.2). */
function isHarmless({ method, body }: OutgoingRequest): boolean {
  return body === undefined && method !== "POST" && method !== "PATCH";
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
