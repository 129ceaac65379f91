import type { Run } from "../../flow/index.ts";
import type { DeploySteps } from "../steps.ts";

/** Effects as the steps of a durable run. Each looks before it acts, and ends in an outcome: repeating one that was cut off is safe. */
export function durableSteps(run: Run): DeploySteps {
  return {
    runId: run.id,
    step: (name, fn) => run.step(name, fn, { retry: false, onUncertain: "repeat" }) as ReturnType<typeof fn>,
    now: () => run.now(),
    uuid: () => run.uuid(),
  };
}
