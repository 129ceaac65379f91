import type { AuthFetch, AuthFetchResponse } from "../auth/index.ts";
import { Call, type CallContext } from "./call.ts";
import { resolveDefaults } from "./defaults.ts";
import { runCall } from "./run-call.ts";

/** A token may be asked for twice: the second is as good as the first. */
const defaults = resolveDefaults({ redirect: false, retry: { methods: ["POST"] }, maxResponseSize: 1_000_000 });

/**
 * Sends an Auth's own form over a session's connections, with errand's defaults in place of the session's: its headers, params, auth,
 * middleware and base are for its API, not for the token endpoint.
 */
export async function authFetch(context: CallContext, { url, headers, form }: AuthFetch): Promise<AuthFetchResponse> {
  // The call that waits for the token holds a place already: another one might never come free.
  const bare: CallContext = { ...context, defaults, limits: undefined, cookies: undefined, middleware: [], onEnd: () => undefined };
  return runCall(new Call(bare, "POST", { target: url, options: { headers, form } }));
}
