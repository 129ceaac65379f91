import type { Flow } from "./flow.ts";
import { RunError } from "./flow-error.ts";
import type { RunControl } from "./run-control.ts";
import { failureOf, throwIfCancelled } from "./run-place.ts";
import { toStored } from "./stored-value.ts";

export interface Called<I, O> {
  /** The place in the calling run. */
  readonly id: string;
  readonly runId: string;
  readonly flow: Flow<I, O>;
  readonly input: I;
}

/** Runs another flow as a run of its own, and records its outcome in the calling run too. */
export async function callRun<I, O>(control: RunControl, { id, runId, flow, input }: Called<I, O>): Promise<O> {
  const { signal } = control;
  try {
    const value = (await control.execute({ id: runId, flow: flow.name, fn: flow.fn, input, parent: control, cancelSignal: signal })) as O;
    const text = toStored(value, `The result of run ${runId}`);
    await control.run.record(id, { state: "done", kind: "call", attempt: 1, value: text });
    return value;
  } catch (error) {
    if (control.isStopped || !(error instanceof RunError)) throw error;
    await throwIfCancelled(control, { id, kind: "call", attempt: 1, signal, cause: error });
    const { errorName: name, errorCode, status, message } = error;
    const code = error.code === "ERR_RUN_CANCELLED" ? error.code : errorCode;
    const stored = { name, message, ...(code === undefined ? {} : { code }), ...(status === undefined ? {} : { status }) };
    const record = { state: "failed", kind: "call", attempt: 1, error: stored } as const;
    await control.run.record(id, record);
    throw failureOf(record, { runId: control.run.id, stepId: id, cause: error });
  }
}
