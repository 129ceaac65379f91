import { constants, type ClientHttp2Stream } from "node:http2";
import { TimeoutError } from "../../errors/index.ts";
import type { Carrier } from "../carrier.ts";
import type { ConnectTimings } from "../connector.ts";
import { invalidHeader } from "../fields.ts";
import type { Controller, Handler, OutgoingRequest } from "../handler.ts";
import { sendBody } from "../send-body.ts";
import type { Http2Connection } from "./connection.ts";
import { StreamFailure } from "./failure.ts";
import { requestHead, responseStart } from "./head.ts";

type Head = [headers: Record<string, unknown>, flags: number, raw?: readonly string[]];

/** One exchange as a stream of an HTTP/2 connection. */
export class Http2Stream implements Carrier, Controller {
  readonly httpVersion = "2";
  requestsBefore: number;
  /** Of this stream, be it only a reset: the others say nothing about it. */
  receivedBytes = 0;
  timings: ConnectTimings | undefined;
  readonly #connection: Http2Connection;
  /** Over the whole connection, when this stream began. */
  readonly #bytesBefore: number;
  #stream: ClientHttp2Stream | undefined;
  #handler: Handler | undefined;
  #error: Error | undefined;
  #isOver = false;
  #isWhole = false;
  #hasResponded = false;

  constructor(connection: Http2Connection, requestsBefore: number, timings: ConnectTimings | undefined) {
    this.#connection = connection;
    this.#bytesBefore = connection.receivedBytes;
    this.requestsBefore = requestsBefore;
    this.timings = timings;
  }

  get isCertificateWanted(): boolean {
    return this.#connection.isCertificateWanted;
  }

  dispatch(request: OutgoingRequest, handler: Handler): void {
    this.#handler = handler;
    if (!this.#connection.isUsable) {
      this.#fail(this.#connection.lost());
      return;
    }
    try {
      const { fields, contentLength } = requestHead(request, this.#connection.authority);
      handler.onRequestStart(this);
      if (this.#isOver) return;
      this.#stream = this.#connection.request(fields, request.body === undefined);
      this.#listen(this.#stream);
      this.#send(this.#stream, request.body, contentLength);
    } catch (error) {
      this.#fail(asRefusal(error));
    }
  }

  /** Before the stream there is nothing to stop. */
  cancelConnect(): void {
    this.#isOver = true;
  }

  release(): void {
    this.#connection.giveBack();
  }

  abort(reason: Error): void {
    // Silence of the whole connection, not of one slow answer: whoever comes next had better not wait for it too.
    if (reason instanceof TimeoutError && this.#connection.receivedBytes === this.#bytesBefore) this.#connection.retire();
    this.#fail(reason);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  #send(stream: ClientHttp2Stream, body: OutgoingRequest["body"], contentLength: number | undefined): void {
    const sent = (): void => {
      if (!this.#isOver) this.#handler?.onRequestSent();
    };
    if (body === undefined) sent();
    else if (Buffer.isBuffer(body)) stream.end(body, sent);
    else {
      const sink = { stream, write: (chunk: Uint8Array) => stream.write(chunk), isOpen: () => stream.writable };
      sendBody(body, sink, contentLength).then(
        (isWhole) => {
          if (isWhole) stream.end(sent);
        },
        (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))),
      );
    }
  }

  #listen(stream: ClientHttp2Stream): void {
    // Interim responses (RFC 9110 15.2) have an event of their own.
    const onHead = (...[headers, , raw]: Head): void => {
      this.receivedBytes += 1;
      if (this.#isOver) return;
      const status = Number(headers[":status"]);
      this.#hasResponded ||= status >= 200;
      this.#handler?.onResponseStart(responseStart(status, raw ?? []));
    };
    stream.on("headers", onHead);
    stream.on("response", onHead);
    stream.on("data", (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      if (!this.#isOver) this.#handler?.onResponseData(chunk);
    });
    noteEnd(stream, (isWhole) => {
      this.#isWhole = isWhole;
    });
    stream.on("end", () => this.#end(stream));
    stream.on("error", (error) => {
      this.#error = error;
    });
    stream.on("close", () => this.#closed(stream));
  }

  #end(stream: ClientHttp2Stream): void {
    if (this.#isOver || !this.#isWhole || !this.#hasResponded) return;
    this.#isOver = true;
    // RFC 9113 8.1: the answer is whole while the request may not be; nobody wants the rest of it.
    stop(stream);
    this.#handler?.onResponseEnd();
  }

  /** Without its end. By now the GOAWAY that took it down is known. */
  #closed(stream: ClientHttp2Stream): void {
    if (!this.#isOver) this.#fail(this.#connection.judge(stream, this.#error));
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // A reset of the peer's is an answer about this stream; it says that the connection lives.
    if (error instanceof StreamFailure && !error.fate.isConnectionLost) this.receivedBytes += 1;
    if (this.#stream !== undefined) stop(this.#stream);
    this.#handler?.onResponseError(error);
  }
}

/**
 * Whether the peer ended the stream itself. Node ends the readable side of a reset one as well, and a reset with NO_ERROR leaves no other
 * trace: only the order tells them apart.
 */
function noteEnd(stream: ClientHttp2Stream, onEnd: (isWhole: boolean) => void): void {
  const push = stream.push.bind(stream);
  let hasEnded = false;
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !hasEnded) {
      hasEnded = true;
      onEnd(!stream.closed);
    }
    return push(chunk, encoding);
  };
}

/** Resets what has not ended. */
function stop(stream: ClientHttp2Stream): void {
  // Node's close() would end the request first, and what was sent of it would pass for the whole.
  if (!stream.writableEnded) stream.destroy(new Error("the request was given up"));
  else if (!stream.readableEnded) {
    stream.close(constants.NGHTTP2_CANCEL);
    // What is still buffered must not keep it from closing.
    stream.resume();
  }
}

/** Node refuses fields that HTTP/2 cannot send. */
function asRefusal(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = "code" in error ? String(error.code) : "";
  return /HEADER|INVALID|PSEUDO/.test(code) ? invalidHeader(error.message) : error;
}
