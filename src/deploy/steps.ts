import { randomUUID } from "node:crypto";

/** What one step is told about itself. */
export interface StepContext {
  readonly runId: string;
  /** Above 1 when the step was begun before and its outcome is not known. */
  readonly attempt: number;
  /** Aborted when the run is suspended. */
  readonly signal: AbortSignal;
}

/**
 * How a deploy touches the world: every effect is a named step whose result is JSON. An engine that records results can run the
 * deploy again from its start: steps that ended give back what they gave, and between steps nothing depends on time or chance.
 */
export interface DeploySteps {
  /** The same for every attempt at this deploy. */
  readonly runId: string;
  /** Runs `fn`, or gives back the recorded result of the step of that name. Names are unique within a deploy. */
  step<T>(name: string, fn: (step: StepContext) => Promise<T>): Promise<T>;
  /** The time of the run, in milliseconds since the epoch; recorded. */
  now(): number | Promise<number>;
  /** A new UUID; recorded. */
  uuid(): string | Promise<string>;
}

/** How steps run that are not kept for a later run. */
export interface PlainStepsOptions {
  /** @default a new UUID */
  readonly runId?: string;
  /** Looked at before each step, and given to it. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Steps that just run, in this process, and are not remembered. */
export function plainSteps({ runId = randomUUID(), signal, now = Date.now }: PlainStepsOptions): DeploySteps {
  return {
    runId,
    step: async (_name, fn) => {
      signal.throwIfAborted();
      return fn({ runId, attempt: 1, signal });
    },
    now,
    uuid: randomUUID,
  };
}

/** The same steps for what another process, of which nothing was recorded, may have begun: each is told that it is not the first attempt. */
export function begunBefore(steps: DeploySteps): DeploySteps {
  return {
    runId: steps.runId,
    now: () => steps.now(),
    uuid: () => steps.uuid(),
    step: (name, fn) => steps.step(name, (step) => fn({ ...step, attempt: step.attempt + 1 })),
  };
}
