import type { Call } from "./call.ts";
import type { Exchanged } from "./exchange.ts";

type Answered = Extract<Exchanged, { response: unknown }>;

const unauthorized: readonly number[] = [401];

/** True for an answer that the call's auth may have a better request for, and has not been asked about yet. */
export function isRefused(call: Call, exchanged: Exchanged): exchanged is Answered {
  const { auth, answeredHop } = call;
  if (auth === undefined || "failure" in exchanged || !(auth.challengedBy ?? unauthorized).includes(exchanged.response.status))
    return false;
  // A refresh is good for the whole call; a challenge belongs to the place that asked (RFC 9110 11.6.1), and a redirect leads to another.
  return auth.challenge === undefined ? answeredHop === undefined : answeredHop !== call.history.length;
}

/** Asks the call's auth, once: true when the same hop is worth repeating with what it has now. */
export async function hasNewCredentials(call: Call, { response }: Answered): Promise<boolean> {
  const { auth, signedRequest } = call;
  if (auth === undefined || !call.canReplayBody) return false;
  const answer = auth.challenge === undefined || signedRequest === undefined ? auth.refresh?.() : auth.challenge(response, signedRequest);
  const isNew = answer instanceof Promise ? await call.control.guard(answer) : answer === true;
  if (isNew) call.answeredHop = call.history.length;
  return isNew;
}
