import type { PlanScope } from "../../client/index.ts";
import { FlowError } from "../flow-error.ts";
import { planFlow, type PlannedFlow } from "./plan-flow.ts";

/** What `flow.start` does in a plan: the run is planned, too. What it would give is given where that is known. */
export async function startInPlan(
  outer: PlanScope,
  planned: Pick<PlannedFlow, "id" | "flow" | "fn" | "input" | "signal">,
): Promise<unknown> {
  const { isComplete, value, stoppedBy } = await planFlow({ ...planned, timeoutMs: longestMs, recorded: undefined, outer });
  if (isComplete) return value;
  if (stoppedBy !== undefined) throw stoppedBy;
  throw new FlowError({
    code: "ERR_HELD_BACK",
    message: `Run ${planned.id} of flow ${planned.flow} would go on after what the plan held back`,
    hint: "What comes after it is seen when it is run.",
    runId: planned.id,
  });
}

/** The plan around it has a limit of its own. */
const longestMs = 2_147_483_647;
