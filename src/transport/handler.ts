/** Header values by lower-case name; a list where the header came more than once. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The head of a response, an interim one (1xx) too. */
export interface ResponseStart {
  readonly status: number;
  /** The reason phrase as sent; empty over HTTP/2. */
  readonly statusText: string;
  readonly headers: ResponseHeaders;
  /** As sent, in order, octets as latin1: name, value, name, value ... */
  readonly rawHeaders: readonly string[];
}

/** What a carrier lets its exchange do once the request is under way. */
export interface Controller {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** What a carrier tells its exchange, in this order; one end or one error, and nothing after it. */
export interface Handler {
  onRequestStart(controller: Controller): void;
  onRequestSent(): void;
  onResponseStart(head: ResponseStart): void;
  onResponseData(chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(error: Error): void;
}

/** A request for the wire: names, values and path are checked. */
export interface OutgoingRequest {
  readonly method: string;
  /** Path and query; the whole URL where a proxy forwards. */
  readonly path: string;
  /** name, value, name, value ... */
  readonly headers: readonly string[];
  readonly body: Buffer | AsyncIterable<Uint8Array> | undefined;
}
