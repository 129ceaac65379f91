import { CircuitOpenError } from "../errors/index.ts";
import type { OpenCircuit } from "../limit/index.ts";
import { formatDuration } from "../retry/index.ts";
import type { Call } from "./call.ts";
import type { Exchanged } from "./exchange.ts";

/** What came of a call that the breaker did not let through. */
export function circuitOpen(call: Call, { origin, retryAfterMs, calls, failures }: OpenCircuit): Exchanged {
  const { method, url } = call.summary;
  const error = new CircuitOpenError({
    code: "ERR_CIRCUIT_OPEN",
    message: `${method} ${url} was not sent: ${failures} of ${calls} calls to ${origin} failed. One is let through in ${formatDuration(retryAfterMs)}`,
    hint: "Find out why the server fails, or give a fallback.",
    request: call.summary,
    origin,
    retryAfterMs,
  });
  return { failure: { error, isUnprocessed: true, isStale: false, isReused: false, timings: { totalMs: 0 } } };
}
