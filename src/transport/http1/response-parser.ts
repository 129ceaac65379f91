import type { ResponseStart } from "../handler.ts";
import { ChunkedDecoder } from "./chunked.ts";
import { closedEarly, malformed, speaksTLS } from "./failure.ts";
import { parseHead, type ParsedHead } from "./response-head.ts";

/** What a parser finds, in order. */
export interface ResponseSink {
  /** Interim responses (1xx) too. */
  onHead(head: ResponseStart): void;
  onData(chunk: Buffer): void;
  /** `head` is the final response's; with `hasExcess` more bytes came than belong to it. */
  onEnd(head: ParsedHead, hasExcess: boolean): void;
}

/** As Node's own limit. */
const maxHeadBytes = 16 * 1024;
const headEnd = "\r\n\r\n";
const protocol = Buffer.from("HTTP/1.");
const none = Buffer.alloc(0);

/** Reads the responses of one connection, one after the other, however their bytes are split. */
export class ResponseParser {
  readonly #sink: ResponseSink;
  #method = "GET";
  #head: ParsedHead | undefined;
  /** The beginning of a head whose end has not come. */
  #pending: Buffer = none;
  #leftBytes = 0;
  #chunked: ChunkedDecoder | undefined;
  #isDone = true;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** The next bytes answer a request with this method. */
  begin(method: string): void {
    this.#method = method;
    this.#head = undefined;
    this.#pending = none;
    this.#chunked = undefined;
    this.#isDone = false;
  }

  /** @throws ExplainedFailure when it is no HTTP/1.1; `onEnd` may have been called by a chunk before */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (this.#head === undefined && !this.#isDone) {
      const after = this.#takeHead(rest);
      if (after === undefined) return;
      rest = after;
    }
    if (this.#isDone || this.#head === undefined) return;
    this.#takeBody(this.#head, rest);
  }

  /** The connection ended, in order. @throws ExplainedFailure when that was too early */
  end(): void {
    if (this.#isDone) return;
    if (this.#head?.framing !== "close") throw closedEarly();
    this.#finish(this.#head, false);
  }

  /** What follows the head; undefined until its end has come. */
  #takeHead(chunk: Buffer): Buffer | undefined {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const end = bytes.indexOf(headEnd, Math.max(0, this.#pending.length - headEnd.length), "latin1");
    if (end < 0 || end > maxHeadBytes) {
      checkBeginning(bytes);
      if (bytes.length > maxHeadBytes) throw malformed("headers of more than 16 KB");
      this.#pending = bytes;
      return undefined;
    }
    this.#pending = none;
    const text = bytes.toString("latin1", 0, end);
    if (!text.startsWith("HTTP/1.")) checkBeginning(bytes);
    const head = parseHead(text, this.#method);
    this.#sink.onHead(head);
    if (head.status >= 200) this.#beginBody(head);
    return bytes.subarray(end + headEnd.length);
  }

  #beginBody(head: ParsedHead): void {
    this.#head = head;
    if (head.framing === "chunked") this.#chunked = new ChunkedDecoder((data) => this.#sink.onData(data));
    else this.#leftBytes = typeof head.framing === "number" ? head.framing : head.framing === "none" ? 0 : Number.POSITIVE_INFINITY;
  }

  #takeBody(head: ParsedHead, chunk: Buffer): void {
    if (this.#chunked !== undefined) {
      const taken = this.#chunked.push(chunk);
      if (this.#chunked.isEnded) this.#finish(head, taken < chunk.length);
      return;
    }
    const left = this.#leftBytes;
    if (chunk.length > 0 && left > 0) {
      this.#leftBytes = Math.max(0, left - chunk.length);
      this.#sink.onData(chunk.length > left ? chunk.subarray(0, left) : chunk);
    }
    if (this.#leftBytes === 0) this.#finish(head, chunk.length > left);
  }

  #finish(head: ParsedHead, hasExcess: boolean): void {
    // A handler that gave up while it took the last bytes has begun something else.
    if (this.#isDone || this.#head !== head) return;
    this.#isDone = true;
    this.#sink.onEnd(head, hasExcess);
  }
}

/** Refuses at once what cannot become a response, rather than wait for more of it. */
function checkBeginning(bytes: Buffer): void {
  // Content type 21 (alert), version 3.x (RFC 8446 5.1).
  if (bytes[0] === 21 && (bytes.length < 2 || bytes[1] === 3)) throw speaksTLS();
  const length = Math.min(bytes.length, protocol.length);
  if (bytes.compare(protocol, 0, length, 0, length) !== 0) throw malformed("it does not begin with HTTP/1");
  const lineEnd = bytes.indexOf(0x0a);
  if (lineEnd > 0 && bytes[lineEnd - 1] !== 0x0d) throw malformed("its status line");
}

/** Some servers leave an empty line behind a body. */
export function isBlankLine(chunk: Buffer): boolean {
  return chunk.length <= 2 && (chunk.length === 0 || chunk.equals(crlf) || chunk.equals(lf));
}

const crlf = Buffer.from("\r\n");
const lf = Buffer.from("\n");
