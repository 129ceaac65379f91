import { Observation } from "../telemetry/index.ts";
import type { Call } from "./call.ts";
import type { Exchanged } from "./exchange.ts";
import { StreamResponse } from "./stream-response.ts";

/**
 * One exchange, observed to its end: the whole body, decoded; of a stream, its last byte or its reader's leaving.
 *
 * The observation begins in `transmit`, when credentials and headers are ready: a token that has to be fetched first is a request of its own,
 * beside this one, and a signature never covers the trace's headers, which proxies rewrite.
 */
export async function watched(call: Call, exchange: () => Promise<Exchanged>): Promise<Exchanged> {
  const observation = new Observation(call.context.tracing);
  call.observation = observation;
  try {
    const exchanged = await exchange();
    if ("failure" in exchanged) observation.end(exchanged.failure.error);
    else if (exchanged.response instanceof StreamResponse) exchanged.response.onSettled((error) => observation.end(error));
    else observation.end();
    return exchanged;
  } catch (error) {
    observation.end(error);
    throw error;
  } finally {
    call.observation = undefined;
  }
}
