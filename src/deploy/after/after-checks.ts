import { overallOutcome, type CheckResult } from "../checks/check-result.ts";
import { runChecks } from "../checks/run-checks.ts";
import type { DeployContext } from "../context.ts";
import type { AfterSpec } from "../file/deploy-file.ts";
import { Streaks } from "./streaks.ts";

/** How the checks after the rollout ended; plain JSON. */
export interface AfterReport {
  readonly outcome: "pass" | "failed" | "inconclusive";
  readonly rounds: number;
  /** Of the last round. */
  readonly results: readonly CheckResult[];
}

/**
 * Repeats the checks for as long as the file says; the first round comes after one interval, when metrics have seen the new pods.
 *
 * A window that ends in the middle of a row goes on until the row is decided: an end that happens to fall on a failure is neither a
 * pass nor `failures` in a row.
 */
export async function runAfterChecks(context: DeployContext, spec: AfterSpec, signal: AbortSignal): Promise<AfterReport> {
  const { clock, emit, services, file } = context;
  const streaks = new Streaks(spec.failures);
  const startedMs = clock.now();
  emit({ type: "watching", forMs: spec.forMs, everyMs: spec.everyMs });
  for (let round = 1; ; round += 1) {
    const dueMs = startedMs + round * spec.everyMs;
    await clock.sleep(Math.max(0, dueMs - clock.now()), signal);
    emit({ type: "checksStarted", stage: "after", round, names: spec.checks.map(({ name }) => name) });
    const results = await runChecks({
      checks: spec.checks,
      target: file.target,
      services,
      signal,
      now: () => clock.now(),
      onResult: (result) => emit({ type: "checked", stage: "after", round, result }),
    });
    emit({ type: "checksEnded", stage: "after", round, outcome: overallOutcome(results) });
    const verdict = streaks.add(results);
    if (verdict === "failed" || verdict === "inconclusive") return { outcome: verdict, rounds: round, results };
    const isLast = (round + 1) * spec.everyMs > spec.forMs;
    if (isLast && verdict === "allPass") return { outcome: "pass", rounds: round, results };
  }
}
