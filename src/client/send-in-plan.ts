import { RequestError, type RequestSummary } from "../errors/index.ts";
import { bodyPreview } from "./body-preview.ts";
import type { Call } from "./call.ts";
import { heldBack, plainRequest, type PlanScope } from "./plan-scope.ts";
import { ErrandResponse } from "./response.ts";

/**
 * Sends a call that changes nothing, or that the service takes as a dry run; any other is noted and goes no further: no name is looked up
 * for it, no connection opened, and a breaker, a budget or a fallback never hears of it.
 */
export async function sendInPlan<T>(plan: PlanScope, call: Call, send: () => Promise<T>): Promise<T> {
  if (call.isSafe) {
    plan.note(plainRequest({ ...call.summary, outcome: "sent" }));
    return send();
  }
  const { summary } = call;
  const body = bodyPreview(call.options);
  if (call.dryRun === undefined) {
    plan.note(plainRequest({ ...summary, body, outcome: "held" }));
    call.abandon();
    throw heldBack(summary);
  }
  try {
    call.rehearse(call.dryRun);
  } catch (error) {
    call.abandon();
    throw error;
  }
  try {
    const response = await send();
    const status = response instanceof ErrandResponse ? response.status : undefined;
    plan.note(plainRequest({ ...summary, body, status, outcome: "dryRun" }));
    return response;
  } catch (error) {
    const note = error instanceof Error ? error.message : undefined;
    plan.note(plainRequest({ ...summary, body, note, outcome: "dryRun" }));
    throw error;
  }
}

/** What a plan does instead of waiting between two polls: the answer might come from what the plan held back. */
export function endPolling(plan: PlanScope, summary: RequestSummary, note: string): RequestError {
  plan.note(plainRequest({ ...summary, outcome: "waits", note }));
  return new RequestError({
    code: "ERR_HELD_BACK",
    message: `${summary.method} ${summary.url} would be asked again until its answer is another: a plan asks once`,
    hint: "What comes after it is seen when it is run.",
    request: summary,
  });
}
