import { withinRunScope } from "../client/index.ts";
import type { Engine, OwnedRun, RunEnd } from "./engine.ts";
import { FlowError, RunError } from "./flow-error.ts";
import { Run } from "./run.ts";
import { cancelledName, RunControl, type ChildRun } from "./run-control.ts";
import { toStoredError } from "./stored-error.ts";
import { fromStored, toStored } from "./stored-value.ts";
import type { Answer } from "./uncertain.ts";

export interface Execution {
  readonly engine: Engine;
  readonly id: string;
  readonly flow: string;
  readonly fn: (run: never, input: never) => unknown;
  readonly input: unknown;
  readonly again: boolean;
  /** Suspends the run. */
  readonly signal: AbortSignal | undefined;
  readonly answer: Answer | undefined;
  readonly random: () => number;
  /** The id of the run that calls this one. */
  readonly parent?: string;
  /** Cancels the run. */
  readonly cancelSignal?: AbortSignal;
}

/** Brings a run to its end: begins it, goes on with it, waits for the process that has it, or gives what it gave. */
export async function executeRun(execution: Execution): Promise<unknown> {
  const { engine, id, flow, again, signal, parent } = execution;
  const input = toStored(execution.input, `The input of run ${id}`);
  const request = { id, flow, input, parent };
  for (let isFirst = true; ; isFirst = false) {
    if (signal?.aborted === true) throw suspended(id, signal.reason);
    const begun = await engine.begin({ ...request, again: again && isFirst });
    if (begun.state === "owned") return runOwned(execution, begun.run, input);
    if (begun.state === "ended") return outcomeOf(id, begun.end);
    try {
      await engine.changed(id, signal);
    } catch (error) {
      throw error === signal?.reason ? detached(id, error) : error;
    }
  }
}

async function runOwned(execution: Execution, run: OwnedRun, input: string | undefined): Promise<unknown> {
  const { signal, cancelSignal, answer, random, fn } = execution;
  const control = new RunControl({ run, random, answer, execute: (child) => executeChild(execution, child) });
  const suspend = (): void => control.stop(suspended(run.id, signal?.reason));
  const cancel = (): void => control.cancel();
  // In this order: the signal of a step that is stopped is aborted too, and that is no cancellation.
  onAbort(signal, suspend);
  onAbort(cancelSignal, cancel);
  let end: Ending;
  try {
    const body = withinRunScope({ runId: run.id, step: undefined }, async () => fn(new Run(control) as never, fromStored(input) as never));
    end = await Promise.race([ending(control, body), control.stopped]);
    if (control.isStopped) await control.stopped;
    await run.end(end.stored);
  } catch (error) {
    // The first reason counts, whatever failed after it.
    control.stop(error);
    await control.settle();
    await run.release();
    throw control.stopSignal.reason;
  } finally {
    signal?.removeEventListener("abort", suspend);
    cancelSignal?.removeEventListener("abort", cancel);
  }
  return end.isDone ? end.value : outcomeOf(run.id, end.stored, end.cause);
}

function onAbort(signal: AbortSignal | undefined, listener: () => void): void {
  if (signal?.aborted === true) listener();
  else signal?.addEventListener("abort", listener, { once: true });
}

type Ending =
  | { readonly isDone: true; readonly value: unknown; readonly stored: RunEnd }
  | { readonly isDone: false; readonly cause: unknown; readonly stored: RunEnd };

/** How the flow's function ended, as it is recorded; steps that it left in flight are waited for. */
async function ending(control: RunControl, body: Promise<unknown>): Promise<Ending> {
  try {
    const value = await body;
    const stored: RunEnd = { status: "done", value: toStored(value, `The result of run ${control.run.id}`) };
    await control.settle();
    return { isDone: true, value, stored };
  } catch (cause) {
    await control.settle();
    const isCancelled = cause instanceof RunError && cause.errorName === cancelledName;
    return { isDone: false, cause, stored: { status: isCancelled ? "cancelled" : "failed", error: toStoredError(cause) } };
  }
}

function executeChild(execution: Execution, { id, flow, fn, input, parent, cancelSignal }: ChildRun): Promise<unknown> {
  const { engine, again, answer, random } = execution;
  const signal = parent.stopSignal;
  return executeRun({ engine, id, flow, fn, input, again, answer, random, signal, parent: parent.run.id, cancelSignal });
}

/** What a run that ended gives, or throws. */
export function outcomeOf(id: string, end: RunEnd, cause?: unknown): unknown {
  if (end.status === "done") return fromStored(end.value);
  const { error } = end;
  if (end.status === "cancelled") throw new RunError({ runId: id, error, message: `Run ${id} was cancelled`, cause, isCancelled: true });
  const prefix = `Run ${id}: `;
  const reason = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  throw new RunError({
    runId: id,
    error,
    message: `Run ${id} failed: ${reason}`,
    hint: "What was done is recorded. To try the failed steps again, start it with the same id and again: true.",
    cause,
  });
}

function suspended(runId: string, cause: unknown): FlowError {
  return new FlowError({
    code: "ERR_RUN_SUSPENDED",
    message: `Run ${runId} was suspended; the steps that were done stay done`,
    hint: `Start it again with id ${JSON.stringify(runId)} to go on.`,
    runId,
    cause,
  });
}

function detached(runId: string, cause: unknown): FlowError {
  return new FlowError({
    code: "ERR_RUN_SUSPENDED",
    message: `Run ${runId} is no longer waited for; it goes on in the process that has it`,
    runId,
    cause,
  });
}
