import type * as OpenTelemetry from "@opentelemetry/api";
import { spanName, type HTTPAttributes } from "./http-attributes.ts";
import type { RequestFailure } from "./request-channels.ts";
import type { RequestSpan } from "./request-span.ts";

type Api = typeof OpenTelemetry;

export interface ClientSpanInit {
  readonly tracer: OpenTelemetry.Tracer;
  readonly attributes: HTTPAttributes;
  readonly isPropagated: boolean;
}

/**
 * The key by which OpenTelemetry's SDK knows that nothing is to be traced: instrumentations of DNS and sockets would add their own spans to
 * the request that happens to open a connection.
 */
const suppressed = "OpenTelemetry SDK Context Key SUPPRESS_TRACING";

/** Starts a span under the caller's active one. */
export function startClientSpan(api: Api, { tracer, attributes, isPropagated }: ClientSpanInit): RequestSpan {
  const { context, propagation, trace } = api;
  const span = tracer.startSpan(spanName(attributes), { kind: api.SpanKind.CLIENT, attributes: { ...attributes } });
  const within = trace.setSpan(context.active(), span);
  const silent = within.setValue(api.createContextKey(suppressed), true);
  return {
    withTrace: (headers) => {
      if (!isPropagated) return headers;
      const carrier: Record<string, string> = {};
      propagation.inject(within, carrier);
      return mergeCarrier(headers, carrier);
    },
    run: (send) => context.with(silent, send),
    bind: (body) => bindIterable(body, (read) => context.with(within, read)),
    end: (final, failure) => endSpan(api, span, { final, failure }),
  };
}

/** A header that the caller wrote stays, and his `traceparent` keeps out the `tracestate` of another trace. */
function mergeCarrier(headers: readonly string[], carrier: Readonly<Record<string, string>>): readonly string[] {
  const own = new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const merged = [...headers];
  for (const [name, value] of Object.entries(carrier)) {
    const lower = name.toLowerCase();
    if (own.has(lower) || (lower === "tracestate" && own.has("traceparent"))) continue;
    merged.push(name, value);
  }
  return merged;
}

/** The connection reads the body, in whatever context it was opened; what its source does belongs to this request, and is traced. */
function bindIterable(body: AsyncIterable<Uint8Array>, within: <T>(read: () => T) => T): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      const chunks = body[Symbol.asyncIterator]();
      return {
        next: () => within(() => chunks.next()),
        return: async () => {
          await within(async () => chunks.return?.());
          return { done: true, value: undefined };
        },
      };
    },
  };
}

interface End {
  readonly final: HTTPAttributes;
  readonly failure: RequestFailure | undefined;
}

/**
 * No recordException: the error goes to the caller, whose span may record it; here it would only repeat its message, with the stack of errand
 * and the causes of others, which nobody has redacted.
 */
function endSpan({ SpanStatusCode }: Api, span: OpenTelemetry.Span, { final, failure }: End): void {
  span.setAttributes({ ...final });
  // With a status the reason needs no words.
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
  else if (final["error.type"] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
