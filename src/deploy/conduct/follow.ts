import type { Stored } from "../change/apply-change.ts";
import type { DeployContext } from "../context.ts";
import type { RolloutStage } from "../events.ts";
import { withoutSecrets } from "../without-secrets.ts";
import type { RolloutReport } from "../rollout/rollout-report.ts";
import { watchRollout } from "../rollout/watch-rollout.ts";

/** Watches one rollout as one step. Its time counts from here, also when a later process watches it to its end. */
export async function follow(
  context: DeployContext,
  stage: RolloutStage,
  { uid, own }: { readonly uid: string; readonly own: Stored },
): Promise<RolloutReport> {
  const { steps, emit, file, lease } = context;
  const sinceMs = await steps.now();
  emit({ type: "rolloutStarted", stage, sinceMs, timeoutMs: file.rollout.timeoutMs });
  const report = await steps.step(`watch ${stage}`, async ({ signal }) => {
    await lease.keep(signal);
    return withoutSecrets(await watchRollout(context, { stage, uid, own, sinceMs }, signal));
  });
  emit({ type: "rolloutEnded", stage, report });
  return report;
}
