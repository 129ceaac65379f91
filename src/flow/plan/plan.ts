import { withinRunScope, type PlannedRequest, type PlanScope, type RunScope } from "../../client/index.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import type { Plan } from "./plan-result.ts";
import { refusal } from "./plan-step.ts";

/** Who follows a plan while it is made. */
export interface PlanListener {
  /** Sees each request as it is made, those that go out too. */
  readonly onRequest?: (request: PlannedRequest) => void;
}

/**
 * Runs a function, and holds back what its sessions would change: each request that is not safe (RFC 9110 9.2.1) is listed instead of sent, and
 * rejects with a RequestError ERR_HELD_BACK. Those that change nothing go out. Only requests of errand's sessions are held back, and runs of
 * flows in it: not what the function does by other means.
 *
 * @example
 * const { requests, isComplete } = await plan(() => cleanUp(api));
 * for (const { method, url, body } of requests) console.log(method, url, body);
 */
export async function plan<T>(fn: () => T | Promise<T>, { onRequest }: PlanListener = {}): Promise<Plan<T>> {
  if (typeof fn !== "function") throw new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: "plan takes a function" });
  const requests: PlannedRequest[] = [];
  let reads = 0;
  const notes: PlanScope = {
    enter: () => () => undefined,
    note: (request) => {
      if (request.outcome === "sent") reads += 1;
      else requests.push(request);
      onRequest?.(request);
    },
  };
  const { signal } = new AbortController();
  const scope: RunScope = { runId: "plan", step: { id: "plan", signal, begin: refusal(notes) }, plan: notes };
  try {
    const value = await withinRunScope(scope, async () => fn());
    return { isComplete: true, value, stoppedBy: undefined, reads, requests };
  } catch (stoppedBy) {
    return { isComplete: false, value: undefined, stoppedBy, reads, requests };
  }
}
