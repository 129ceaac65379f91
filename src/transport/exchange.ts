import { performance } from "node:perf_hooks";
import type { RequestSummary, Timings } from "../errors/index.ts";
import { RequestError, ResponseTooLargeError } from "../errors/index.ts";
import { BodyStream } from "./body-stream.ts";
import type { Cancellable, Cancellation } from "./cancellation.ts";
import { connectFailures, type Carrier } from "./carrier.ts";
import type { ConnectTimings } from "./connector.ts";
import type { Controller, Handler, ResponseHeaders, ResponseStart } from "./handler.ts";
import { failureOf, idleTimeout, type ExchangeFailure } from "./failure.ts";

/** One request, ready for the wire: names and values are checked, secrets are opened. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly origin: string;
  /** Path and query as sent. */
  readonly path: string;
  /** name, value, name, value ... */
  readonly headers: readonly string[];
  readonly body: Buffer | AsyncIterable<Uint8Array> | undefined;
  readonly isStreamed: boolean;
  /** Of a redirect's answer nobody reads the body: one that is cut off is an answer all the same. */
  readonly followsRedirects: boolean;
  /** Wire bytes of a buffered body. */
  readonly maxBytes: number;
  readonly idleTimeoutMs: number;
  /** Opens a new connection (RFC 8470: a 425 is not repeated on the same one). */
  readonly mustBeFresh: boolean;
  /** For errors: redacted. */
  readonly summary: () => RequestSummary;
}

export interface WireResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ResponseHeaders;
  /** As sent, in order: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | BodyStream;
  readonly timings: Timings;
  readonly isReusedConnection: boolean;
  readonly httpVersion: "1.1" | "2";
  /** Of a 103 (RFC 8297) that came before. */
  readonly earlyHints: ResponseHeaders | undefined;
}

/** A response, or why there is none: told apart by `error`. */
export type WireResult = (WireResponse & { readonly error?: undefined }) | ExchangeFailure;

const empty = Buffer.alloc(0);

export interface ExchangeContext {
  readonly cancellation: Cancellation;
  /** When the caller began to wait for a connection. */
  readonly queuedAt: number;
  /** How long it waited in line for one. */
  readonly queueMs: number | undefined;
}

/** One request and its response: collects the body, or hands it on as a stream. */
export class Exchange implements Handler, Cancellable {
  readonly done: Promise<WireResult>;
  readonly #request: WireRequest;
  readonly #carrier: Carrier;
  readonly #cancellation: Cancellation;
  readonly #queuedAt: number;
  readonly #queueMs: number | undefined;
  #resolve: (result: WireResult) => void = () => undefined;
  #controller: Controller | undefined;
  #startedAt = 0;
  #firstByteAt = 0;
  /** Over this connection before, where it was used before. */
  #bytesBefore = 0;
  #isReused = false;
  #head: ResponseStart | undefined;
  #earlyHints: ResponseHeaders | undefined;
  #chunks: Buffer[] | undefined;
  #only: Buffer = empty;
  #sizeBytes = 0;
  #stream: BodyStream | undefined;
  #isFinished = false;

  constructor(request: WireRequest, carrier: Carrier, context: ExchangeContext) {
    this.#request = request;
    this.#carrier = carrier;
    this.#cancellation = context.cancellation;
    this.#queuedAt = context.queuedAt;
    this.#queueMs = context.queueMs;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#cancellation.target = this;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#cancellation.reason !== undefined) {
      controller.abort(this.#cancellation.reason);
      return;
    }
    this.#isReused = this.#carrier.requestsBefore > 0;
    if (this.#isReused) this.#bytesBefore = this.#carrier.receivedBytes;
    this.#carrier.requestsBefore += 1;
    this.#startedAt = performance.now();
    this.#cancellation.phase = this.#request.body === undefined ? "wait" : "send";
  }

  onRequestSent(): void {
    if (this.#firstByteAt === 0) this.#cancellation.phase = "wait";
  }

  onResponseStart(head: ResponseStart): void {
    if (head.status < 200) {
      if (head.status === 103) this.#earlyHints = head.headers;
      return;
    }
    this.#firstByteAt = performance.now();
    this.#cancellation.phase = "receive";
    this.#head = head;
    const controller = this.#controller;
    if (!this.#request.isStreamed || controller === undefined) return;
    this.#stream = new BodyStream({
      idleTimeoutMs: this.#request.idleTimeoutMs,
      pause: () => controller.pause(),
      resume: () => controller.resume(),
      abort: () => controller.abort(new Error("the reader stopped")),
      idleError: (isUnread) => idleTimeout(this.#request, isUnread),
    });
    this.#resolve(this.#response(head, this.#stream));
  }

  onResponseData(chunk: Buffer): void {
    if (this.#stream !== undefined) {
      this.#stream.push(chunk);
      return;
    }
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.#request.maxBytes) {
      this.#cancellation.cancel(this.#tooLarge());
      return;
    }
    if (this.#chunks !== undefined) this.#chunks.push(chunk);
    else if (this.#only.length === 0) this.#only = chunk;
    else this.#chunks = [this.#only, chunk];
  }

  onResponseEnd(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#finish(true);
    if (this.#stream !== undefined) this.#stream.end();
    else this.#resolve(this.#response(head, this.#chunks === undefined ? this.#only : Buffer.concat(this.#chunks, this.#sizeBytes)));
  }

  onResponseError(error: Error): void {
    this.#fail(error);
  }

  onCancelled(reason: RequestError): void {
    if (this.#controller !== undefined) this.#controller.abort(reason);
    else this.#carrier.cancelConnect(reason);
    this.#fail(reason);
  }

  #fail(error: Error): void {
    if (!this.#finish(false)) return;
    if (this.#head !== undefined && this.#isAnswered(this.#head, error)) {
      this.#resolve(this.#response(this.#head, empty));
      return;
    }
    const failure = failureOf(error, {
      request: this.#request,
      failedStage: connectFailures.get(error),
      wasSent: this.#startedAt > 0,
      hasResponded: this.#firstByteAt > 0,
      hasReceived: this.#carrier.receivedBytes > this.#bytesBefore,
      isReused: this.#isReused,
      isCertificateWanted: this.#carrier.isCertificateWanted,
      timings: this.#timings(),
    });
    if (this.#stream !== undefined) this.#stream.end(failure.error);
    else this.#resolve(this.#head === undefined || this.#head.status < 300 ? failure : { ...failure, brokenHeaders: this.#head.headers });
  }

  #isAnswered({ status, headers }: ResponseStart, error: Error): boolean {
    if (error instanceof RequestError || this.#stream !== undefined || !this.#request.followsRedirects) return false;
    return status >= 300 && status < 400 && headers["location"] !== undefined;
  }

  #finish(isWhole: boolean): boolean {
    if (this.#isFinished) return false;
    this.#isFinished = true;
    this.#cancellation.target = undefined;
    this.#carrier.release(isWhole);
    return true;
  }

  #response({ status, statusText, headers, rawHeaders }: ResponseStart, body: Buffer | BodyStream): WireResult {
    return {
      status,
      statusText,
      headers,
      rawHeaders,
      body,
      timings: this.#timings(),
      isReusedConnection: this.#isReused,
      httpVersion: this.#carrier.httpVersion,
      earlyHints: this.#earlyHints,
      error: undefined,
    };
  }

  #timings(): Timings {
    const now = performance.now();
    const totalMs = now - this.#queuedAt;
    const fresh = this.#carrier.timings;
    this.#carrier.timings = undefined;
    const before = fresh === undefined && this.#queueMs === undefined ? undefined : this.#phasesBefore(fresh);
    if (this.#firstByteAt === 0) return { ...before, totalMs };
    const waitMs = this.#firstByteAt - this.#startedAt;
    if (this.#stream !== undefined) return { ...before, waitMs, totalMs };
    const receiveMs = now - this.#firstByteAt;
    return before === undefined ? { waitMs, receiveMs, totalMs } : { ...before, waitMs, receiveMs, totalMs };
  }

  #phasesBefore(fresh: ConnectTimings | undefined): Partial<Timings> {
    return this.#queueMs === undefined ? { ...fresh } : { queueMs: this.#queueMs, ...fresh };
  }

  #tooLarge(): RequestError {
    const { maxBytes, summary } = this.#request;
    const request = summary();
    return new ResponseTooLargeError({
      code: "ERR_RESPONSE_TOO_LARGE",
      message: `${request.method} ${request.url} answered with more than ${maxBytes} bytes`,
      hint: "Use stream: true, or raise maxResponseSize.",
      limitBytes: maxBytes,
      request,
    });
  }
}
