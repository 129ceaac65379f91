import { decodeText, lines, ndjson, parseJson } from "../body/index.ts";
import { RequestError } from "../errors/index.ts";
import { redactText } from "../secrets/index.ts";
import { ErrandResponse } from "./response.ts";
import { ResponseHead, type ResponseHeadInit } from "./response-head.ts";

export interface StreamResponseInit extends ResponseHeadInit {
  /** Decoded chunks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the exchange when the body is no longer wanted. */
  readonly close: () => void;
  /** Runs the listener when the body has ended, failed or was closed. */
  readonly onSettled: (listener: () => void) => void;
}

/** An error's body is read for the message, up to this size. */
const errorBodyBytes = 64 * 1024;

/**
 * A response whose body arrives while it is read: memory stays flat.
 *
 * Read it once, to the end, or call {@link close}: an unread stream holds its connection until the idle timeout.
 * @example
 * const r = await errand.get(url, { stream: true });
 * for await (const line of r.lines()) console.log(line);
 */
export class StreamResponse extends ResponseHead {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #close: () => void;
  readonly #onSettled: StreamResponseInit["onSettled"];
  #isTaken = false;

  constructor(init: StreamResponseInit) {
    super(init);
    this.#body = init.body;
    this.#close = init.close;
    this.#onSettled = init.onSettled;
  }

  /** The decoded chunks, once. Leaving the loop early ends the exchange. */
  get body(): AsyncIterable<Uint8Array> {
    return this.#take();
  }

  /** The body's lines, without their ends. */
  lines(): AsyncIterable<string> {
    return lines(this.#take());
  }

  /** One JSON value a line. Throws a DecodeError that names the line. */
  ndjson<T = unknown>(): AsyncIterable<T> {
    return ndjson<T>(this.#take());
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#take()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async text(): Promise<string> {
    return decodeText(await this.bytes(), this.contentType());
  }

  async json<T = unknown>(): Promise<T> {
    const context = { status: this.status, contentType: this.contentType(), request: this.request, redact: redactText };
    return parseJson(await this.bytes(), context) as T;
  }

  /** Throws an HTTPError for 400 and above, with the beginning of the body read for its message. */
  async raiseForStatus(): Promise<this> {
    if (this.status < 400) return this;
    const bytes = await this.#beginning();
    const text = decodeText(bytes, this.contentType());
    throw this.httpError({ status: this.status, statusText: this.statusText, text: () => text }, this.parseProblem(bytes));
  }

  /** Ends the exchange; what was not read is lost. */
  async close(): Promise<void> {
    this.#isTaken = true;
    this.#close();
  }

  /** @internal */
  onSettled(listener: () => void): void {
    this.#onSettled(listener);
  }

  /** @internal For `history`: the same head, with what was read of the body. */
  toBuffered(bytes: Buffer): ErrandResponse {
    return new ErrandResponse({ ...this.init, bytes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #beginning(): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    try {
      for await (const chunk of this.#take()) {
        chunks.push(chunk);
        sizeBytes += chunk.byteLength;
        if (sizeBytes >= errorBodyBytes) break;
      }
    } catch (error) {
      // The status is the error to report; a body that breaks as well only shortens its message.
      if (!(error instanceof RequestError)) throw error;
    }
    return Buffer.concat(chunks).subarray(0, errorBodyBytes);
  }

  #take(): AsyncIterable<Uint8Array> {
    if (this.#isTaken) {
      const { method, url } = this.request;
      throw new RequestError({ code: "ERR_BODY_ALREADY_READ", message: `${method} ${url}: the body was already read or closed`, hint: "Keep what you read, or leave stream: true out.", request: this.request });
    }
    this.#isTaken = true;
    return this.#body;
  }
}
