import type { Limits } from "../limit/index.ts";
import type { Call } from "./call.ts";
import { circuitOpen } from "./circuit-open.ts";
import type { Exchanged } from "./exchange.ts";
import { StreamResponse } from "./stream-response.ts";

/** Waits until the session's limits let an attempt start, which holds `call.permit` then; the failure, if they never will. */
export async function admit(call: Call, limits: Limits): Promise<Exchanged | undefined> {
  const open = limits.breaker?.refusal(call.origin);
  if (open !== undefined) return circuitOpen(call, open);
  call.permit = await call.control.queue((waiter) => limits.acquire(waiter));
  // Between its turn and this line the caller may have cancelled.
  call.control.throwIfAborted();
  return undefined;
}

/** The attempt is over; a stream is under way until its body has ended. */
export function release(call: Call, exchanged: Exchanged): void {
  if (!("response" in exchanged && exchanged.response instanceof StreamResponse)) call.permit?.release();
}
