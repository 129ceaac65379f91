import { InvalidRequestError } from "../errors/index.ts";
import type { Intent } from "./engine.ts";

/** A step that was interrupted after a request of it had left. */
export interface UncertainStep {
  readonly runId: string;
  readonly stepId: string;
  /** The requests whose outcome is not known, redacted. */
  readonly intents: readonly Intent[];
  /** Of the step: give it to requests. */
  readonly signal: AbortSignal;
}

/** `"repeat"` runs the step again; `"skip"` takes it as done, with undefined as its result; `{ result }` takes it as done with that. */
export type UncertainVerdict<T = unknown> = "repeat" | "skip" | { readonly result: T };

/** What to do about a step that may have been done: a verdict, whoever started the run, or a function that finds out. */
export type OnUncertain<T = unknown> =
  | "repeat"
  | "skip"
  | "ask"
  | ((step: UncertainStep) => UncertainVerdict<T> | Promise<UncertainVerdict<T>>);

/** What whoever starts a run says about steps with `"ask"`. */
export type Answer = "repeat" | "skip" | ((step: UncertainStep) => "repeat" | "skip" | Promise<"repeat" | "skip">);

/**
 * What is to be done about a step that may have been done; undefined when nobody can say.
 *
 * By default it is repeated where that does no harm: requests that are idempotent (RFC 9110 9.2.2), or went with a key that the service honours.
 */
export async function decideUncertain(
  step: UncertainStep,
  onUncertain: OnUncertain | undefined,
  answer: Answer | undefined,
): Promise<UncertainVerdict | undefined> {
  if (typeof onUncertain === "function") return checkVerdict(await onUncertain(step));
  if (onUncertain === "repeat" || onUncertain === "skip") return onUncertain;
  if (onUncertain === undefined && step.intents.every(({ isRepeatable }) => isRepeatable)) return "repeat";
  return typeof answer === "function" ? checkVerdict(await answer(step)) : answer;
}

/** @throws InvalidRequestError for anything else */
export function checkOnUncertain(value: unknown, option: string): void {
  if (value === undefined || value === "repeat" || value === "skip" || value === "ask" || typeof value === "function") return;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${option} takes "repeat", "skip", "ask" or a function`,
  });
}

function checkVerdict<T>(verdict: UncertainVerdict<T>): UncertainVerdict<T> {
  if (verdict === "repeat" || verdict === "skip") return verdict;
  if (typeof verdict === "object" && verdict !== null && "result" in verdict) return verdict;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: 'onUncertain: the function gave something other than "repeat", "skip" or { result }',
  });
}
