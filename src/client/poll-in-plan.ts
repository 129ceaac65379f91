import { formatDuration } from "../retry/index.ts";
import type { PlanScope } from "./plan-scope.ts";
import { poll, type PollOptions, type Poller } from "./poll.ts";
import type { ErrandResponse } from "./response.ts";
import { endPolling } from "./send-in-plan.ts";

/** Asks once: what a poll waits for may come of what the plan held back, and then never comes. */
export function pollInPlan(
  plan: PlanScope,
  { get, now }: Poller,
  { url, options }: { readonly url: string | URL; readonly options: PollOptions },
): Promise<ErrandResponse> {
  let last: ErrandResponse | undefined;
  const asked: Poller["get"] = async (target, request) => {
    last = await get(target, request);
    return last;
  };
  const sleep = async (ms: number): Promise<void> => {
    const summary = last?.request ?? { method: "GET", url: "" };
    throw endPolling(plan, summary, `answered ${last?.status}; it would be asked again after ${formatDuration(ms)}`);
  };
  return poll({ get: asked, now, sleep }, url, options);
}
