import { flow } from "../../flow/index.ts";
import { systemClock } from "../clock.ts";
import { conduct } from "../conduct/conduct.ts";
import { connectServices } from "../connect-services.ts";
import { openLease } from "../lease/open-lease.ts";
import type { DeployResult } from "../result.ts";
import { RunRecord } from "../run-record.ts";
import { deployFlowName, type DeployInput } from "./deploy-input.ts";
import { runSteps } from "./run-steps.ts";

/**
 * The guarded deployment as a flow, for flows that deploy: nobody is asked, and what happens is told by its result alone. The run's id
 * stands on the Deployment.
 *
 * @example
 * const { verdict } = await run.call("deploy web", deployFlow, { file: await run.step("read", () => loadDeployFile("web.yaml")) });
 */
export const deployFlow = flow(deployFlowName, async (run, { file, context: clusterContext }: DeployInput): Promise<DeployResult> => {
  const services = connectServices(file, { context: clusterContext });
  const emit = (): void => {};
  const lease = openLease({ file, services, runId: run.id, clock: systemClock, emit });
  const close = (): void => {
    lease.stop();
    void services.close().catch(() => undefined);
  };
  let isWatched = false;
  const steps = runSteps(run, {
    live(signal) {
      if (isWatched) return;
      isWatched = true;
      // Nothing of a run that is suspended goes on, not even a finally: its connections are closed from outside.
      signal.addEventListener("abort", close, { once: true });
    },
    replayed: () => {},
  });
  const context = { file, services, steps, clock: systemClock, lease, emit };
  try {
    const result = await conduct(context, new RunRecord(context), {});
    await lease.release();
    return result;
  } finally {
    lease.stop();
    await services.close();
  }
});
