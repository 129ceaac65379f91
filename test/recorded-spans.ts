import { context, propagation, type Attributes } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { onTestFinished } from "vitest";
import type { FakeCall } from "../src/playground/index.ts";

/** What an exporter gets. */
export type FinishedSpan = ReturnType<InMemorySpanExporter["getFinishedSpans"]>[number];

export interface RecordedSpans {
  readonly tracerProvider: TracerProvider;
  /** All that have ended, in the order of their ends. */
  readonly spans: () => FinishedSpan[];
  readonly attributes: () => Attributes[];
}

/** OpenTelemetry's own SDK, as an application sets it up: context manager and propagators are global, and gone after the test. */
export function recordedSpans(): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }));
  onTestFinished(() => {
    context.disable();
    propagation.disable();
  });
  const spans = (): FinishedSpan[] => exporter.getFinishedSpans();
  return { tracerProvider, spans, attributes: () => spans().map(({ attributes }) => attributes) };
}

/** The `traceparent` with which a span's request should have arrived. */
export function traceparent(span: FinishedSpan | undefined): string {
  const { traceId, spanId, traceFlags } = span?.spanContext() ?? { traceId: "", spanId: "", traceFlags: 0 };
  return `00-${traceId}-${spanId}-0${traceFlags}`;
}

export function tracesOf(calls: readonly FakeCall[]): unknown[] {
  return calls.map(({ headers }) => headers["traceparent"]);
}
