import { decodeText, lines, mediaType, ndjson, parseJson, type ServerSentEvent } from "../body/index.ts";
import { RequestError } from "../errors/index.ts";
import { redactText } from "../secrets/index.ts";
import type { BodyStream } from "../transport/index.ts";
import { eventStream, type EventsOptions, type EventStreamContext } from "./event-stream.ts";
import { ErrandResponse } from "./response.ts";
import { ResponseHead, type ResponseHeadInit } from "./response-head.ts";
import { isSchema, type JSONOptions, type StandardSchema } from "./standard-schema.ts";
import { validateAsync } from "./validate.ts";

export interface StreamResponseInit extends ResponseHeadInit {
  /** Decoded chunks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What the chunks are decoded from. */
  readonly source: BodyStream;
}

/** Never waits: there is nothing to open again. */
const single: EventStreamContext = { sleep: async () => undefined, now: () => 0, random: () => 0 };
/** Longer than this a new connection is the quicker way. */
const drainMs = 100;
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
  readonly #source: BodyStream;
  #isTaken = false;
  #again: EventStreamContext = single;

  constructor(init: StreamResponseInit) {
    super(init);
    this.#body = init.body;
    this.#source = init.source;
  }

  /** The decoded chunks, once. Leaving the loop early ends the exchange. */
  get body(): AsyncIterable<Uint8Array> {
    return this.#take();
  }

  /** The body's lines, without their ends. */
  lines(): AsyncIterable<string> {
    return lines(this.#take(), { charset: mediaType(this.contentType())?.params.charset, request: this.request });
  }

  /** One JSON value a line. Throws a DecodeError that names the line. */
  ndjson<T = unknown>(): AsyncIterable<T> {
    return ndjson<T>(this.#take(), { request: this.request, redact: redactText });
  }

  /**
   * Server-sent events; the stream is opened again when it ends or breaks, where the request was a GET.
   */
  events(options?: EventsOptions): AsyncIterable<ServerSentEvent> {
    return eventStream({ ...this.#again, first: this }, options);
  }

  /** @internal How its request is sent again. */
  repeatWith(context: EventStreamContext): this {
    this.#again = context;
    return this;
  }

  /** The whole body after all; once. */
  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#take()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** The whole body as text: by its BOM, its charset, else UTF-8; once. */
  async text(): Promise<string> {
    return decodeText(await this.bytes(), this.contentType(), this.request);
  }

  /**
   * The whole body as JSON. Throws a DecodeError when it is empty or not JSON, a ValidationError when the schema refuses it.
   * @param schema any Standard Schema (zod, valibot, arktype), or options
   */
  async json<T = unknown>(schema?: JSONOptions): Promise<T>;
  async json<T>(schema: StandardSchema<T>): Promise<T>;
  async json<T>(schema?: StandardSchema<T> | JSONOptions): Promise<T> {
    const bigint = !isSchema(schema) && schema?.bigint === true;
    const context = { bigint, status: this.status, contentType: this.contentType(), request: this.request, redact: redactText };
    const value = parseJson(await this.bytes(), context);
    return isSchema(schema) ? validateAsync(value, schema, this.request) : (value as T);
  }

  /** Throws an HTTPError for 400 and above, with the beginning of the body read for its message. */
  async raiseForStatus(): Promise<this> {
    if (this.status < 400) return this;
    const bytes = await this.#beginning();
    const text = decodeText(bytes, this.contentType(), this.request);
    throw this.httpError({ status: this.status, statusText: this.statusText, text: () => text }, this.parseProblem(bytes));
  }

  /** Ends the exchange; what was not read is lost. */
  async close(): Promise<void> {
    this.#isTaken = true;
    this.#source.close();
  }

  /** @internal The body has ended, failed with `error`, or was closed. */
  onSettled(listener: (error: RequestError | undefined) => void): void {
    this.#source.onSettled(listener);
  }

  /** @internal For `history` and retries: the same head with the body as it came, as far as that is quick to have. */
  async drain(isWanted: boolean): Promise<ErrandResponse> {
    this.#isTaken = true;
    const chunks: Uint8Array[] = [];
    if (!isWanted) this.#source.close();
    const timer = setTimeout(() => this.#source.close(), drainMs);
    try {
      for await (const chunk of this.#source) chunks.push(chunk);
    } catch (error) {
      // Nobody reads this body: that it broke costs the connection, not the call.
      if (!(error instanceof RequestError)) throw error;
    } finally {
      clearTimeout(timer);
    }
    return new ErrandResponse({ ...this.init, bytes: Buffer.concat(chunks) });
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
      throw new RequestError({
        code: "ERR_BODY_ALREADY_READ",
        message: `${method} ${url}: the body was already read or closed`,
        hint: "Keep what you read, or leave stream: true out.",
        request: this.request,
      });
    }
    this.#isTaken = true;
    return this.#body;
  }
}
