import { heldBack, plainRequest, withinRunScope, type PlanScope, type RunScope, type UnsafeRequest } from "../../client/index.ts";
import { never, type RunControl } from "../run-control.ts";
import { failureOf, type Fresh } from "../run-place.ts";
import type { StepWork } from "../run-step.ts";
import { toStoredError } from "../stored-error.ts";
import { toStored } from "../stored-value.ts";
import { isHeldBack } from "./is-held-back.ts";
import type { Draft, Planner } from "./planner.ts";

export interface PlannedStep<T> {
  readonly fresh: Fresh;
  readonly work: StepWork<T>;
}

type Tried<T> = { readonly value: T } | { readonly error: unknown };

/** Runs a step once. One of which a request was held back never ends, whatever its function made of that: its result is not known. */
export async function planStep<T>(planner: Planner, control: RunControl, { fresh, work }: PlannedStep<T>): Promise<T> {
  const { id, interrupted } = fresh;
  const runId = control.run.id;
  const draft = planner.begin(`${runId}/${id}`, "step");
  const scope = planner.scopeOf(draft);
  const verdict = interrupted === undefined ? "repeat" : verdictOf(interrupted.intents, work.policy.onUncertain);
  if (verdict === "ask") for (const intent of interrupted?.intents ?? []) scope.note(asInterrupted(intent));
  if (verdict === "skip") {
    draft.state = "done";
    return undefined as T;
  }
  const tried = verdict === "repeat" ? await tryOnce(planner, control, { id, draft, scope, work }) : { error: undefined };
  if (control.isStopped) return never();
  const stuck = stuckAs(draft, tried);
  if (stuck !== undefined) {
    planner.hold(`${runId}/${id}`, draft, stuck);
    return never();
  }
  if ("value" in tried) {
    draft.state = "done";
    return tried.value;
  }
  draft.state = "failed";
  draft.error = toStoredError(tried.error);
  throw failureOf({ state: "failed", kind: "step", attempt: 1, error: draft.error }, { runId, stepId: id, cause: tried.error });
}

interface OneTry<T> {
  readonly id: string;
  readonly draft: Draft;
  readonly scope: PlanScope;
  readonly work: StepWork<T>;
}

async function tryOnce<T>(planner: Planner, { run, signal }: RunControl, { id, scope, work }: OneTry<T>): Promise<Tried<T>> {
  const leave = planner.enter();
  const within: RunScope = { runId: run.id, step: { id, signal, begin: refusal(scope) }, plan: scope };
  try {
    const value = await withinRunScope(within, async () => work.fn({ runId: run.id, id, attempt: 1, signal }));
    // What could not be recorded fails the step when it is run, too.
    toStored(value, `The result of step ${id} of run ${run.id}`);
    return { value };
  } catch (error) {
    return { error };
  } finally {
    leave();
  }
}

/** Sessions of an older copy of errand, which knows no plans, ask here before they send something unsafe. */
export function refusal(scope: PlanScope): (request: UnsafeRequest) => never {
  return ({ method, redactedUrl: url }) => {
    scope.note(plainRequest({ method, url, outcome: "held" }));
    throw heldBack({ method, url });
  };
}

function stuckAs<T>({ requests }: Draft, tried: Tried<T>): "held" | "waits" | undefined {
  if (requests.some(({ outcome }) => outcome === "held")) return "held";
  if (requests.some(({ outcome }) => outcome === "waits")) return "waits";
  return "error" in tried && isHeldBack(tried.error) ? "held" : undefined;
}

/** What becomes of a step that an earlier process left in the middle. Whoever would be asked, is not asked by a plan. */
function verdictOf(
  intents: readonly { readonly isRepeatable: boolean }[],
  onUncertain: StepWork<unknown>["policy"]["onUncertain"],
): "repeat" | "skip" | "ask" {
  if (onUncertain === "repeat" || onUncertain === "skip") return onUncertain;
  return onUncertain === undefined && intents.every(({ isRepeatable }) => isRepeatable) ? "repeat" : "ask";
}

function asInterrupted({ method, url }: { readonly method: string; readonly url: string }): Parameters<PlanScope["note"]>[0] {
  return plainRequest({
    method,
    url,
    outcome: "held",
    note: "it was begun before, and may have been processed: onUncertain has to decide",
  });
}
