import { overallOutcome } from "../checks/check-result.ts";
import { runChecks } from "../checks/run-checks.ts";
import type { DeployContext } from "../context.ts";
import { criticalMessage } from "../notify/messages.ts";
import { withoutSecrets } from "../without-secrets.ts";
import type { RunRecord } from "../run-record.ts";
import type { Ended } from "./ended.ts";
import { tell } from "./tell.ts";

/** Runs the checks of `before` and tells when they do not pass; undefined: go on. */
export async function checkBefore(context: DeployContext, record: RunRecord): Promise<Ended | undefined> {
  const { file, steps, services, clock, emit } = context;
  if (file.before.length === 0) return undefined;
  emit({ type: "checksStarted", stage: "before", round: 1, names: file.before.map(({ name }) => name) });
  record.before = await steps.step("checks before", async ({ signal }) =>
    withoutSecrets(
      await runChecks({
        checks: file.before,
        target: file.target,
        services,
        signal,
        now: () => clock.now(),
        onResult: (result) => emit({ type: "checked", stage: "before", round: 1, result }),
      }),
    ),
  );
  const outcome = overallOutcome(record.before);
  emit({ type: "checksEnded", stage: "before", round: 1, outcome });
  if (outcome === "pass") return undefined;
  // Only what was seen to fail may be overridden: going on blindly is something else than going on knowingly.
  const decision = outcome === "fail" ? file.onCritical : "stop";
  await tell(context, record, criticalMessage(record.frame, record.before, decision));
  const bad = record.before.filter((result) => result.outcome !== "pass");
  const names = bad.map(({ name }) => name).join(", ");
  if (decision === "proceed") {
    emit({ type: "proceeding", reason: `${names} failed; onCritical: proceed` });
    return undefined;
  }
  const reason = outcome === "fail" ? `the health is critical: ${names} failed` : `the health is not known: ${names} could not be judged`;
  return { verdict: "blocked", reason, next: "Nothing was changed. Mend the cause and run it again.", isQuiet: true };
}
