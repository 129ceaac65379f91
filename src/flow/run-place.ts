import type { StepKind, StepRecord } from "./engine.ts";
import { FlowError, RunError, StepError } from "./flow-error.ts";
import { cancelledName, never, type RunControl } from "./run-control.ts";
import type { StepScope } from "./step-scope.ts";
import { fromStored } from "./stored-value.ts";

/** Where in a run something happens. */
export interface Place {
  readonly control: RunControl;
  readonly scope: StepScope;
  readonly name: string;
  readonly kind: StepKind;
}

/** What a place that was not done yet starts from. */
export interface Fresh {
  readonly id: string;
  /** Of an earlier process that was interrupted. */
  readonly interrupted: Extract<StepRecord, { state: "intent" }> | undefined;
}

/** Gives back what is recorded at a place, or does the work. A run that stopped here neither goes on nor fails: it waits for ever. */
export async function atPlace<T>({ control, scope, name, kind }: Place, work: (fresh: Fresh) => Promise<T>): Promise<T> {
  if (control.isStopped) return never();
  const id = scope.enter(name);
  try {
    const looked = control.run.lookup(id);
    const found = looked instanceof Promise ? await looked : looked;
    if (found !== undefined) refuseOtherKind(control, { id, kind, found });
    if (found !== undefined && found.state !== "intent") return recorded<T>(control, id, found);
    await throwIfCancelled(control, { id, kind, attempt: 1, signal: control.signal });
    return await control.track(work({ id, interrupted: found }));
  } catch (error) {
    return stopOrThrow(control, error);
  } finally {
    scope.leave(name);
  }
}

/** What cannot be recorded ends the run in this process, not the step: the flow is not told, so that nothing of it runs. */
export function stopOrThrow(control: RunControl, error: unknown): Promise<never> {
  if (!control.isStopped && isOfTheFlow(error)) throw error;
  control.stop(error);
  return never();
}

export interface Cancellable {
  readonly id: string;
  readonly kind: StepKind;
  readonly attempt: number;
  /** The run's, as it was when the work began. */
  readonly signal: AbortSignal;
  readonly cause?: unknown;
}

/** Records and throws the cancellation of a step, where there is one. */
export async function throwIfCancelled(control: RunControl, { id, kind, attempt, signal, cause }: Cancellable): Promise<void> {
  const error = control.takeCancellation(signal);
  if (error === undefined) return;
  const record = { state: "failed", kind, attempt, error } as const;
  await Promise.all([control.run.record(id, record), control.run.cancellationGiven()]);
  throw failureOf(record, { runId: control.run.id, stepId: id, cause });
}

function recorded<T>(control: RunControl, id: string, record: Exclude<StepRecord, { state: "intent" }>): T {
  if (record.state === "failed") throw failureOf(record, { runId: control.run.id, stepId: id });
  return fromStored(record.value) as T;
}

export interface FailedPlace {
  readonly runId: string;
  readonly stepId: string;
  /** Where it failed now. */
  readonly cause?: unknown;
}

/** The error that a failed step throws, now and whenever the run is resumed. */
export function failureOf(record: Extract<StepRecord, { state: "failed" }>, { runId, stepId, cause }: FailedPlace): Error {
  const { error, attempt } = record;
  if (error.name === cancelledName) return new RunError({ runId, error, message: error.message, isCancelled: true });
  const tries = attempt === 1 ? "" : ` after ${attempt} attempts`;
  return new StepError({ runId, stepId, error, message: `Run ${runId}: step ${stepId} failed${tries}: ${error.message}`, cause });
}

/** Errors that a flow may see and handle; others mean that the run cannot go on in this process. */
function isOfTheFlow(error: unknown): boolean {
  if (error instanceof StepError || error instanceof RunError) return true;
  return error instanceof FlowError && flowCodes.has(error.code);
}

const flowCodes: ReadonlySet<string> = new Set(["ERR_STEP_NAME", "ERR_FLOW_CHANGED", "ERR_SECRET_RECORDED", "ERR_NOT_JSON"]);

function refuseOtherKind(control: RunControl, { id, kind, found }: { id: string; kind: StepKind; found: StepRecord }): void {
  if (found.kind === kind) return;
  throw new FlowError({
    code: "ERR_FLOW_CHANGED",
    message: `Run ${control.run.id}: ${id} is recorded as a ${found.kind}, and the flow now has a ${kind} there`,
    hint: "Resume the run with the flow as it was, or begin a new one under another id.",
    runId: control.run.id,
  });
}
