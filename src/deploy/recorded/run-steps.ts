import { StepError, type Run } from "../../flow/index.ts";
import type { DeploySteps, StepContext } from "../steps.ts";

/** Whoever wants to know which steps are done now, and which were done before. */
export interface StepWatcher {
  /** A step is about to be done, for the first time or again. The signal is the run's: aborted when it stops in this process. */
  live(signal: AbortSignal): void;
  /** The step was done by an earlier process: its result is read. */
  replayed(name: string): void;
}

/**
 * The steps of a deploy as steps of a durable run.
 *
 * Each finds out for itself what an earlier attempt did, so none is ever uncertain: the patch looks for its own annotations, the rollback
 * for its mark, a message is told that it may have been sent. And each has its own retries inside, so that it is tried once.
 */
export function runSteps(run: Run, watcher: StepWatcher): DeploySteps {
  return {
    runId: run.id,
    now: () => run.now(),
    uuid: () => run.uuid(),
    async step<T>(name: string, fn: (step: StepContext) => Promise<T>): Promise<T> {
      let isLive = false;
      const work = async ({ runId, attempt, signal }: StepContext): Promise<T> => {
        isLive = true;
        watcher.live(signal);
        return fn({ runId, attempt, signal });
      };
      try {
        const value = await run.step(name, work, { retry: false, onUncertain: "repeat" });
        if (!isLive) watcher.replayed(name);
        return value;
      } catch (error) {
        // What broke is the news; that it was in a step is said by the run.
        if (error instanceof StepError && error.cause !== undefined) throw error.cause;
        throw error;
      }
    },
  };
}
