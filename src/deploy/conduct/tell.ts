import type { DeployContext } from "../context.ts";
import type { Message } from "../notify/message.ts";
import { sendMessage } from "../notify/notifier.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import type { RunRecord } from "../run-record.ts";
import { begunBefore } from "../steps.ts";

/** Sends a message, and keeps what became of it. */
export async function tell(context: DeployContext, record: RunRecord, message: Message): Promise<void> {
  const isRepeat = mayHaveBeenSent(record.plan, message);
  record.addNotifications(await sendMessage(isRepeat ? { ...context, steps: begunBefore(context.steps) } : context, message));
}

/**
 * Whether another process of this run, whose journal is not here, may have sent it. A success it cannot have told while the rollout was
 * still going on; an alert, perhaps.
 */
function mayHaveBeenSent(plan: DeployPlan | undefined, { tone }: Message): boolean {
  if (plan?.found === undefined) return false;
  return tone !== "good" || plan.found !== "rollingOut";
}
