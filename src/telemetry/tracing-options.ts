/** What OpenTelemetry's TracerProvider has: errand's types do not need its package. */
export interface TracerSource {
  getTracer(name: string, version?: string): object;
}

/** How a session traces its requests. */
export interface TracingOptions {
  /** Makes the spans. @default the one that is registered globally */
  readonly tracerProvider?: TracerSource;
  /**
   * Whether a request carries the trace on (`traceparent`, `tracestate`, `baggage`: what the registered propagator writes), or to which URLs:
   * baggage may hold what others should not see. @default true
   */
  readonly propagate?: boolean | ((url: URL) => boolean);
}
