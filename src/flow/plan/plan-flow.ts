import { withinRunScope, type PlanScope } from "../../client/index.ts";
import { outcomeOf } from "../execute-run.ts";
import { FlowError } from "../flow-error.ts";
import { never, RunControl } from "../run-control.ts";
import { Run } from "../run.ts";
import { toStoredError } from "../stored-error.ts";
import { fromStored, toStored } from "../stored-value.ts";
import { planStep } from "./plan-step.ts";
import { PlanRun, type Recorded } from "./plan-run.ts";
import { Planner } from "./planner.ts";
import type { FlowPlan } from "./plan-result.ts";

export interface PlannedFlow {
  readonly id: string;
  readonly flow: string;
  readonly fn: (run: never, input: never) => unknown;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly recorded: Recorded | undefined;
  /** The plan within which it is made. */
  readonly outer: PlanScope | undefined;
}

type Ending =
  | { readonly state: "returned"; readonly value: unknown }
  | { readonly state: "threw"; readonly error: unknown }
  | { readonly state: "quiet" | "cut" };

/** Runs a flow without recording it or changing anything, until it ends, or nothing of it can go on. */
export async function planFlow(planned: PlannedFlow): Promise<FlowPlan> {
  const { id, flow, signal, timeoutMs, outer } = planned;
  signal?.throwIfAborted();
  const planner = new Planner(id, outer);
  const controls: RunControl[] = [];
  const leaveOuter = outer?.enter();
  const limit = timeLimit(timeoutMs, signal);
  try {
    const body = runPlanned({ ...planned, planner, controls });
    const ended = body.then(
      async (value): Promise<Ending> => {
        // Steps that it left in flight.
        await planner.idle();
        return { state: "returned", value };
      },
      async (error: unknown): Promise<Ending> => {
        await planner.idle();
        return { state: "threw", error };
      },
    );
    const ending = await Promise.race([ended, planner.quiet.then((): Ending => ({ state: "quiet" })), limit.passed]);
    return {
      flow,
      runId: id,
      isComplete: ending.state === "returned" && !planner.isStuck,
      value: ending.state === "returned" ? ending.value : undefined,
      stoppedBy: ending.state === "threw" ? ending.error : undefined,
      isCut: ending.state === "cut",
      entries: planner.entries,
    };
  } finally {
    limit.clear();
    planner.end();
    for (const control of controls) control.stop(new FlowError({ code: "ERR_HELD_BACK", message: `The plan of run ${id} has ended` }));
    leaveOuter?.();
  }
}

interface PlannedBody extends Pick<PlannedFlow, "id" | "fn" | "input" | "recorded"> {
  readonly planner: Planner;
  readonly controls: RunControl[];
}

async function runPlanned({ id, fn, input, recorded, planner, controls }: PlannedBody): Promise<unknown> {
  const control: RunControl = new RunControl({
    run: new PlanRun(id, planner, recorded),
    random: Math.random,
    answer: undefined,
    execute: (child) => runChild({ id: child.id, fn: child.fn, input: child.input, recorded, planner, controls }),
    planner: {
      step: (fresh, work) => planStep(planner, control, { fresh, work }),
      unlessStuck: (prefix, work) => planner.unlessStuck(`${id}/${prefix}`, work),
    },
  });
  controls.push(control);
  const copy = fromStored(toStored(input, `The input of run ${id}`));
  const scope = { runId: id, step: undefined, plan: planner.outside(`${id}/`) };
  const body = withinRunScope(scope, async () => fn(new Run(control) as never, copy as never));
  const value = await Promise.race([body, control.stopped]);
  return fromStored(toStored(value, `The result of run ${id}`));
}

/** A run that the planned one calls fails as it would. */
async function runChild(child: PlannedBody): Promise<unknown> {
  try {
    return await runPlanned(child);
  } catch (error) {
    if (child.planner.hasEnded) return never();
    // What stops the calling run, too.
    if (child.controls.some((control) => control.isStopped && control.stopSignal.reason === error)) throw error;
    return outcomeOf(child.id, { status: "failed", error: toStoredError(error) }, error);
  }
}

interface TimeLimit {
  readonly passed: Promise<Ending>;
  clear(): void;
}

function timeLimit(timeoutMs: number, signal: AbortSignal | undefined): TimeLimit {
  let end: () => void = () => undefined;
  const passed = new Promise<Ending>((resolve) => {
    end = () => resolve({ state: "cut" });
  });
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  return {
    passed,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}
