import { withinRunScope } from "../client/index.ts";
import { InvalidRequestError } from "../errors/index.ts";
import { backoffMs, formatDuration } from "../retry/index.ts";
import type { StepRecord } from "./engine.ts";
import { FlowError, TerminalError, UncertainStepError } from "./flow-error.ts";
import type { RunControl } from "./run-control.ts";
import { failureOf, throwIfCancelled, type Fresh } from "./run-place.ts";
import type { StepPolicy } from "./step-options.ts";
import { StepRequests } from "./step-requests.ts";
import { toStoredError } from "./stored-error.ts";
import { toStored } from "./stored-value.ts";
import { decideUncertain, type UncertainStep, type UncertainVerdict } from "./uncertain.ts";

/** What a step is told about itself. */
export interface Step {
  readonly runId: string;
  /** Its place in the run, e.g. `posts[7]/detail`. */
  readonly id: string;
  /** Above 1 when it was begun before. */
  readonly attempt: number;
  /** Aborted when the run is suspended or cancelled, or the step's timeout passes. Sessions used in the step heed it by themselves. */
  readonly signal: AbortSignal;
}

export interface StepWork<T> {
  readonly fn: (step: Step) => T | Promise<T>;
  readonly policy: StepPolicy;
}

/** How one attempt ended. */
type Tried<T> = { readonly value: T; readonly text: string | undefined } | { readonly error: unknown };

/** Runs a step that is not recorded yet: what an interrupted process left open, attempts and waits, the record. */
export async function runStep<T>(control: RunControl, fresh: Fresh, work: StepWork<T>): Promise<T> {
  if (control.planner !== undefined) return control.planner.step(fresh, work);
  const { id, interrupted } = fresh;
  if (interrupted !== undefined) {
    const verdict = await askAbout(control, id, { intents: interrupted.intents, work });
    if (verdict === undefined) throw new UncertainStepError({ runId: control.run.id, stepId: id, intents: interrupted.intents });
    if (verdict !== "repeat") return settleAs(control, id, { verdict, attempt: interrupted.attempt });
  }
  const first = interrupted === undefined ? 1 : interrupted.attempt + 1;
  const begunAtMs = control.run.now();
  for (let tries = 1; ; tries += 1) {
    const attempt = first + tries - 1;
    const { signal } = control;
    const intents: { risky: boolean } = { risky: false };
    const tried = await tryOnce(control, { id, attempt, signal, work, intents, begunAtMs });
    if ("value" in tried) {
      await control.run.record(id, { state: "done", kind: "step", attempt, value: tried.text }, begunAtMs);
      return tried.value;
    }
    const { error } = tried;
    if (control.isStopped) throw error;
    await throwIfCancelled(control, { id, kind: "step", attempt, signal, cause: error });
    const isLast = tries >= work.policy.attempts || isTerminal(error);
    const verdict = !isLast && intents.risky ? await mayRepeat(control, id, work) : "repeat";
    if (typeof verdict === "object") return settleAs(control, id, { verdict, attempt });
    if (isLast || verdict !== "repeat") throw await fail(control, id, { error, attempt, wasRisky: !isLast, begunAtMs });
    await pause(control, tries, { policy: work.policy, signal });
    await throwIfCancelled(control, { id, kind: "step", attempt, signal, cause: error });
  }
}

async function pause(control: RunControl, tries: number, { policy, signal }: { policy: StepPolicy; signal: AbortSignal }): Promise<void> {
  const { baseMs, capMs } = policy;
  const waitMs = backoffMs({ retry: tries, baseMs, capMs, random: control.random, waitsHalf: true });
  try {
    await control.run.sleepUntil(control.run.now() + waitMs, signal);
  } catch (error) {
    // A cancellation ends the wait; whoever waited records it.
    if (control.isStopped || !signal.aborted) throw error;
  }
}

async function tryOnce<T>(
  control: RunControl,
  {
    id,
    attempt,
    signal,
    work,
    intents,
    begunAtMs,
  }: { id: string; attempt: number; signal: AbortSignal; work: StepWork<T>; intents: { risky: boolean }; begunAtMs: number },
): Promise<Tried<T>> {
  const { run } = control;
  const requests = new StepRequests({
    runId: run.id,
    stepId: id,
    intend: (list) => run.record(id, { state: "intent", kind: "step", attempt, intents: list }, begunAtMs),
  });
  const limit = work.policy.timeoutMs === undefined ? undefined : timeLimit(id, work.policy.timeoutMs, signal);
  try {
    signal.throwIfAborted();
    const own = limit?.signal ?? signal;
    const scope = { runId: run.id, step: { id, signal: own, begin: requests.begin.bind(requests) } };
    const running = withinRunScope(scope, async () => work.fn({ runId: run.id, id, attempt, signal: own }));
    const value = await (limit === undefined ? running : Promise.race([running, limit.passed]));
    return { value, text: toStored(value, `The result of step ${id} of run ${run.id}`) };
  } catch (error) {
    return { error: limit?.reason ?? error };
  } finally {
    requests.close();
    intents.risky = requests.isRisky;
    limit?.clear();
  }
}

interface TimeLimit {
  readonly signal: AbortSignal;
  readonly passed: Promise<never>;
  readonly reason: FlowError | undefined;
  clear(): void;
}

function timeLimit(id: string, timeoutMs: number, outer: AbortSignal): TimeLimit {
  const controller = new AbortController();
  let reject: (reason: unknown) => void = () => undefined;
  const passed = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  passed.catch(() => undefined);
  const limit = { reason: undefined as FlowError | undefined };
  const timer = setTimeout(() => {
    const message = `step ${id} took longer than ${formatDuration(timeoutMs)}`;
    limit.reason = new FlowError({ code: "ERR_STEP_TIMEOUT", message, hint: "Raise its timeout, or divide the step." });
    controller.abort(limit.reason);
    reject(limit.reason);
  }, timeoutMs);
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    passed,
    get reason() {
      return limit.reason;
    },
    clear: () => clearTimeout(timer),
  };
}

/** Errors that another attempt would meet again, or that came after the work was done. */
function isTerminal(error: unknown): boolean {
  return (
    error instanceof TerminalError ||
    error instanceof InvalidRequestError ||
    (error instanceof FlowError && error.code !== "ERR_STEP_TIMEOUT")
  );
}

/** Whether an attempt that failed after sending something that cannot simply be repeated may be followed by another. */
async function mayRepeat<T>(control: RunControl, id: string, work: StepWork<T>): Promise<UncertainVerdict | undefined> {
  const { onUncertain } = work.policy;
  if (onUncertain === "repeat") return "repeat";
  if (typeof onUncertain !== "function") return undefined;
  const found = await control.run.lookup(id);
  return found?.state === "intent" ? askAbout(control, id, { intents: found.intents, work }) : undefined;
}

function askAbout<T>(
  control: RunControl,
  id: string,
  { intents, work }: { intents: UncertainStep["intents"]; work: StepWork<T> },
): Promise<UncertainVerdict | undefined> {
  const { signal, run } = control;
  const question = { runId: run.id, stepId: id, intents, signal };
  // It may look things up, but what it would change is nobody's record.
  const begin = (): never => {
    throw new FlowError({
      code: "ERR_OUTSIDE_STEP",
      message: `step ${id}: onUncertain finds out, it changes nothing: only GET, HEAD and OPTIONS are sent there`,
      hint: 'Change things in the step itself: return "repeat".',
      runId: run.id,
    });
  };
  return withinRunScope({ runId: run.id, step: { id, signal, begin } }, () =>
    decideUncertain(question, work.policy.onUncertain, control.answer),
  );
}

/** The step is taken as done without being run again. */
async function settleAs<T>(
  control: RunControl,
  id: string,
  { verdict, attempt }: { verdict: Exclude<UncertainVerdict, "repeat">; attempt: number },
): Promise<T> {
  const value = verdict === "skip" ? undefined : verdict.result;
  const text = toStored(value, `The result that onUncertain gave for step ${id} of run ${control.run.id}`);
  await control.run.record(id, { state: "done", kind: "step", attempt, value: text });
  return value as T;
}

async function fail(
  control: RunControl,
  id: string,
  { error, attempt, wasRisky, begunAtMs }: { error: unknown; attempt: number; wasRisky: boolean; begunAtMs: number },
): Promise<Error> {
  const stored = toStoredError(error);
  const why = " (not tried again: it had sent what may have been processed, see onUncertain)";
  const record = {
    state: "failed",
    kind: "step",
    attempt,
    error: wasRisky ? { ...stored, message: `${stored.message}${why}` } : stored,
  } satisfies StepRecord;
  await control.run.record(id, record, begunAtMs);
  return failureOf(record, { runId: control.run.id, stepId: id, cause: error });
}
