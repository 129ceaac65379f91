import type * as OpenTelemetry from "@opentelemetry/api";
import { InvalidRequestError } from "../errors/index.ts";
import { startClientSpan } from "./client-span.ts";
import type { HTTPAttributes } from "./http-attributes.ts";
import { checkOpenTelemetry, openTelemetry } from "./open-telemetry.ts";
import type { RequestSpan } from "./request-span.ts";
import type { TracerSource, TracingOptions } from "./tracing-options.ts";

const optionNames: ReadonlySet<string> = new Set(["tracerProvider", "propagate"]);

/** Makes the spans of a session's requests. */
export class Tracing {
  readonly #options: TracingOptions;
  readonly #version: string;
  #tracer: OpenTelemetry.Tracer | undefined;

  /** @param version errand's own, for the tracer's scope */
  constructor(options: TracingOptions, version: string) {
    this.#options = options;
    this.#version = version;
  }

  begin(url: URL, attributes: HTTPAttributes): RequestSpan {
    const { propagate = true } = this.#options;
    // The caller's own function goes first: what it throws must not leave a span open. A copy: the call's own URL is shared.
    const isPropagated = typeof propagate === "function" ? propagate(new URL(url)) : propagate;
    const api = openTelemetry();
    return startClientSpan(api, { tracer: this.#tracerFrom(api.trace), attributes, isPropagated });
  }

  /** The global one is asked for each time: the application may register its provider later, with another copy of the package. */
  #tracerFrom(registered: TracerSource): OpenTelemetry.Tracer {
    const { tracerProvider } = this.#options;
    if (tracerProvider === undefined) return tracerOf(registered, this.#version);
    this.#tracer ??= tracerOf(tracerProvider, this.#version);
    return this.#tracer;
  }
}

/** @throws InvalidRequestError for another value, ConfigError ERR_PEER_MISSING without `@opentelemetry/api` */
export function resolveTracing(option: boolean | TracingOptions | undefined, version: string): Tracing | undefined {
  if (option === undefined || option === false) return undefined;
  const options = option === true ? {} : checkOptions(option);
  checkOpenTelemetry();
  return new Tracing(options, version);
}

function checkOptions(given: TracingOptions): TracingOptions {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw invalid(
      "tracing takes true, false or its options",
      "{ tracerProvider, propagate }, or true for the tracer provider that is registered.",
    );
  const unknown = Object.keys(given).find((name) => !optionNames.has(name));
  if (unknown !== undefined) throw invalid(`${unknown} is not an option of tracing`, "There are: tracerProvider, propagate.");
  const { tracerProvider, propagate } = given;
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== "function")
    throw invalid("tracing.tracerProvider takes a TracerProvider", "Leave it out for the one that is registered.");
  if (propagate !== undefined && typeof propagate !== "boolean" && typeof propagate !== "function")
    throw invalid("tracing.propagate takes true, false or a function of the URL", "Leave it out to send the trace's headers everywhere.");
  return { tracerProvider, propagate };
}

function tracerOf(provider: TracerSource, version: string): OpenTelemetry.Tracer {
  const tracer = provider.getTracer("errand", version);
  if (isTracer(tracer)) return tracer;
  throw invalid(
    "tracing.tracerProvider gives no tracer",
    "It is OpenTelemetry's TracerProvider: getTracer(name, version) has startSpan().",
  );
}

function isTracer(value: object | undefined): value is OpenTelemetry.Tracer {
  return value !== undefined && "startSpan" in value && typeof value.startSpan === "function";
}

function invalid(message: string, hint: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message, hint });
}
