import type { Stored } from "../change/apply-change.ts";
import type { DeployContext } from "../context.ts";
import type { RolloutStage } from "../events.ts";
import type { RolloutReport } from "../rollout/rollout-report.ts";
import { watchRollout } from "../rollout/watch-rollout.ts";

/** Watches one rollout as one step. */
export async function follow(
  context: DeployContext,
  stage: RolloutStage,
  { uid, own }: { readonly uid: string; readonly own: Stored },
): Promise<RolloutReport> {
  const { steps, emit, file, lease } = context;
  emit({ type: "rolloutStarted", stage, timeoutMs: file.rollout.timeoutMs });
  const report = await steps.step(`watch ${stage}`, async ({ signal }) => {
    await lease.keep(signal);
    return watchRollout(context, { stage, uid, own }, signal);
  });
  emit({ type: "rolloutEnded", stage, report });
  return report;
}
