import type { HTTPAttributes } from "./http-attributes.ts";
import type { RequestFailure } from "./request-channels.ts";

/** The span of one request on the wire, without a word of OpenTelemetry's types: users who have not installed its package compile this. */
export interface RequestSpan {
  /** The headers (name, value, name, value ...) with those that carry the trace on. */
  withTrace(headers: readonly string[]): readonly string[];
  /** Sends, as part of the span. */
  run<T>(send: () => T): T;
  /** The body's source, read as part of the span. */
  bind(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  end(attributes: HTTPAttributes, failure: RequestFailure | undefined): void;
}
