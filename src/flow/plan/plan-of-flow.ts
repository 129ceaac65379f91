import { InvalidRequestError } from "../../errors/index.ts";
import { durationMs, type Duration } from "../../retry/index.ts";
import { refuseUnknown } from "../step-options.ts";
import { planFlow, type PlannedFlow } from "./plan-flow.ts";
import type { FlowPlan } from "./plan-result.ts";
import { recordedSteps, type StepReader } from "./recorded-steps.ts";

/** How a run is planned. */
export interface PlanOptions {
  /** Of a run that was begun already: its recorded steps give their results, and the plan tells what is left. @default a run that is not there yet */
  readonly id?: string;
  /** Has what was recorded. @default this machine's journal, where there is one */
  readonly engine?: StepReader;
  /** The journal's file, in place of `engine`. @default `$ERRAND_HOME/runs.db`, else `.errand/runs.db` of the project */
  readonly journal?: string;
  /** Ends the plan with what is known by then. @default none */
  readonly signal?: AbortSignal;
  /** The longest a plan takes; its reads go out for real, and may last. @default "1m" */
  readonly timeout?: Duration;
}

const optionNames: ReadonlySet<string> = new Set(["id", "engine", "journal", "signal", "timeout"]);

export async function planOfFlow(flow: Pick<PlannedFlow, "flow" | "fn" | "input">, options: PlanOptions): Promise<FlowPlan> {
  refuseUnknown(options, optionNames, "");
  const { id, engine, journal, signal, timeout = "1m" } = options;
  if (id !== undefined && (typeof id !== "string" || !/^[\x21-\x7e]{1,200}$/.test(id)))
    throw invalid("id takes a text of 1 to 200 visible ASCII characters");
  if (engine !== undefined && journal !== undefined) throw invalid("engine and journal cannot be given together: an engine has its own");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal takes an AbortSignal");
  const common = { ...flow, signal, timeoutMs: durationMs(timeout, "timeout"), outer: undefined };
  if (id === undefined) return planFlow({ ...common, id: "plan", recorded: undefined });
  const { recorded, close } = await recordedSteps(engine, journal);
  try {
    return await planFlow({ ...common, id, recorded });
  } finally {
    await close();
  }
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
