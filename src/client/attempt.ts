import { RequestError } from "../errors/index.ts";
import { nextHop } from "../redirect/index.ts";
import type { Cancellation } from "../transport/index.ts";
import type { Call } from "./call.ts";
import { exchange, type Exchanged } from "./exchange.ts";
import { ErrandResponse } from "./response.ts";
import type { StreamResponse } from "./stream-response.ts";

/** A redirect's or retried answer's body up to this size is read, so that its connection can be used again. */
const drainBytes = 64 * 1024;

/** One try: exchanges and redirects until an answer that is no redirect, or a failure. Goes on from the current hop. */
export async function attempt(call: Call, number: number): Promise<Exchanged> {
  const cancellation = call.control.beginAttempt();
  try {
    for (;;) {
      const exchanged = await healed(call, number, cancellation);
      if ("failure" in exchanged) return exchanged;
      const { response } = exchanged;
      if (response.status < 300 || response.status > 399) return exchanged;
      call.trail.push(call.summary);
      const hop = nextHop({
        method: call.method,
        url: call.url,
        status: response.status,
        location: response.header("location"),
        hasBody: call.body !== undefined,
        canReplayBody: call.canReplayBody,
        trail: call.trail,
        visited: call.visited,
        policy: call.redirect,
      });
      if (!hop.follow) return exchanged;
      call.history.push(await discard(response));
      call.follow(hop);
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { failure: { error, isUnprocessed: false, isStale: false, timings: error.timings ?? { totalMs: 0 } } };
  } finally {
    call.control.endAttempt();
  }
}

/**
 * One exchange; a reused connection that breaks before a byte of the answer is replaced once, without counting as an attempt.
 *
 * The server closed it while it was idle. A POST or PATCH is repeated only if nothing of it was written, or with a key of the call.
 */
async function healed(call: Call, number: number, cancellation: Cancellation): Promise<Exchanged> {
  const context = { number, hop: call.history.length, cancellation };
  const exchanged = await exchange(call, context);
  if (!("failure" in exchanged) || !exchanged.failure.isStale || cancellation.reason !== undefined) return exchanged;
  const isRepeatable = exchanged.failure.isUnprocessed || call.isKeyed || call.retry.methods.includes(call.method);
  if (!isRepeatable || !call.canReplayBody) return exchanged;
  call.needsFreshConnection = true;
  return exchange(call, context);
}

/** Gives the connection back. */
export async function discard(response: ErrandResponse | StreamResponse): Promise<ErrandResponse> {
  if (response instanceof ErrandResponse) return response;
  const isSmall = Number(response.header("content-length") ?? Number.NaN) <= drainBytes;
  const bytes = isSmall ? Buffer.from(await response.bytes()) : Buffer.alloc(0);
  if (!isSmall) await response.close();
  return response.toBuffered(bytes);
}
