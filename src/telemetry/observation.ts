import { performance } from "node:perf_hooks";
import { ErrandError } from "../errors/index.ts";
import { redactText } from "../secrets/index.ts";
import {
  knownMethods,
  requestAttributes,
  responseAttributes,
  type HTTPAttributes,
  type RequestFacts,
  type ResponseFacts,
} from "./http-attributes.ts";
import { requestEnd, requestError, requestStart, type RequestFailure, type RequestMessage } from "./request-channels.ts";
import type { RequestSpan } from "./request-span.ts";
import type { Tracing } from "./tracing.ts";

/** A message that grows until its end. */
type GrowingMessage = { -readonly [Name in keyof RequestMessage]: RequestMessage[Name] };

/** What can be sent as part of a span. */
interface Sendable {
  readonly headers: readonly string[];
  readonly body: Buffer | AsyncIterable<Uint8Array> | undefined;
}

/** One request on the wire as spans and channels are told of it: the same attributes feed both. It ends once, if it began. */
export class Observation {
  readonly #tracing: Tracing | undefined;
  #message: GrowingMessage | undefined;
  #span: RequestSpan | undefined;
  #startedAt = 0;

  constructor(tracing: Tracing | undefined) {
    this.#tracing = tracing;
  }

  /** Tells the beginning, and sends the request with the headers of its trace. */
  send<R extends Sendable, T>(facts: RequestFacts, request: R, transmit: (request: R) => T): T {
    const attributes = requestAttributes(facts, knownMethods(process.env));
    this.#span = this.#tracing?.begin(facts.url, attributes);
    this.#startedAt = performance.now();
    this.#message = { attributes };
    if (requestStart.hasSubscribers) requestStart.publish(this.#message);
    const span = this.#span;
    if (span === undefined) return transmit(request);
    const { body } = request;
    const traced = { ...request, headers: span.withTrace(request.headers), body: isSource(body) ? span.bind(body) : body };
    return span.run(() => transmit(traced));
  }

  /** The head of the answer has come. */
  respond(response: ResponseFacts): void {
    this.#add(responseAttributes(response));
  }

  /** The answer is whole, its reader left it, or `error` came instead. */
  end(error?: unknown): void {
    const message = this.#message;
    if (message === undefined) return;
    const failure = error === undefined ? undefined : failureOf(error);
    if (failure !== undefined) this.#add({ "error.type": failure.code });
    this.#span?.end(message.attributes, failure);
    message.durationMs = performance.now() - this.#startedAt;
    this.#message = undefined;
    if (failure === undefined) {
      if (requestEnd.hasSubscribers) requestEnd.publish(message);
      return;
    }
    message.error = failure;
    if (requestError.hasSubscribers) requestError.publish(message);
  }

  #add(attributes: Partial<HTTPAttributes>): void {
    if (this.#message !== undefined) this.#message.attributes = { ...this.#message.attributes, ...attributes };
  }
}

function isSource(body: Sendable["body"]): body is AsyncIterable<Uint8Array> {
  return body !== undefined && !Buffer.isBuffer(body);
}

/** The caller's own code may fail too, with an error that nobody has redacted. */
function failureOf(error: unknown): RequestFailure {
  if (error instanceof ErrandError) return { code: error.code, message: error.message };
  return error instanceof Error
    ? { code: error.name, message: redactText(error.message) }
    : { code: "_OTHER", message: "the call's own code threw what is no error" };
}
