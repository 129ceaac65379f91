import { plan as planOf, type FlowPlan, type Plan, type PlannedRequest } from "../../flow/index.ts";
import { redactValue } from "../../secrets/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { painter } from "../output/color.ts";
import { errorJson, isHeldBack } from "../output/plan-error.ts";
import { renderFlowPlan, renderPlan } from "../output/plan.ts";
import { ScriptWatch, type ProcessEvents } from "./script-end.ts";

/** What a plan needs of a flow. The class is another than this program's: the module has its own copy of errand. */
export interface PlannableFlow {
  plan(input: unknown, options: { readonly id?: string; readonly journal?: string; readonly signal?: AbortSignal }): Promise<FlowPlan>;
}

/** `--plan` of a module: its flow, or the module itself where it exports none. */
export interface ModulePlan {
  /** Imports the module; what it writes at once is held back, too. */
  readonly load: () => Promise<Readonly<Record<string, unknown>>>;
  /** The flow that is meant; undefined for a plain script. */
  readonly pick: (module: Readonly<Record<string, unknown>>) => PlannableFlow | undefined;
  readonly input: unknown;
  /** Of a run that was begun. */
  readonly id: string | undefined;
  readonly journal: string | undefined;
  readonly json: boolean;
  /** @default process */
  readonly events?: ProcessEvents;
}

/** Shows what a module's flow, or a script, would do; sets exit code 1 where it would fail, or the plan was ended. */
export async function planModule(module: ModulePlan, io: Io): Promise<void> {
  const { pick, input, id, journal, json } = module;
  const loaded = await planLoading(module, io);
  const flow = loaded.value === undefined ? undefined : pick(loaded.value);
  if (flow === undefined) {
    // A file that cannot be read, a syntax error: no plan, but a failure like any other.
    if (loaded.value === undefined && loaded.requests.length === 0) throw loaded.stoppedBy;
    return printPlan(loaded, { json }, io);
  }
  const planned = await flow.plan(input, { id, journal, signal: io.signal });
  printFlowPlan({ ...planned, entries: [...whileLoading(loaded), ...planned.entries] }, { json }, io);
}

/** The import; of a script, also what it goes on with afterwards. */
async function planLoading({ load, pick, json, events = process }: ModulePlan, io: Io): Promise<Plan<Readonly<Record<string, unknown>>>> {
  const seen: PlannedRequest[] = [];
  const onExit = (code: unknown): void => {
    const requests = seen.filter(({ outcome }) => outcome !== "sent");
    const stoppedBy = new Error(`it called process.exit(${String(code)})`);
    printPlan({ isComplete: false, value: undefined, stoppedBy, reads: seen.length - requests.length, requests }, { json }, io);
  };
  const watch = new ScriptWatch({ events, signal: io.signal, onExit, isHarmless: isHeldBack });
  const work = async (): Promise<Readonly<Record<string, unknown>>> => {
    const module = await load();
    if (pick(module) === undefined) await watch.ended();
    return module;
  };
  try {
    return await planOf(work, { onRequest: (request) => seen.push(request) });
  } finally {
    watch.close();
  }
}

/** What the module did as it was imported, before its flow began. */
function whileLoading({ reads, requests }: Plan): FlowPlan["entries"] {
  if (requests.length === 0) return [];
  return [{ id: "(as the module is loaded)", kind: "step", state: "held", reads, requests, sleepMs: undefined, error: undefined }];
}

function printPlan(plan: Plan, { json }: Pick<ModulePlan, "json">, io: Io): void {
  const { isComplete, reads, requests } = plan;
  if (json) io.stdout.print(JSON.stringify({ isComplete, reads, requests, stoppedBy: errorJson(plan.stoppedBy) }));
  else io.stdout.print(renderPlan(plan, painter(io.stdout.hasColor)));
  if (!isComplete && !isHeldBack(plan.stoppedBy)) io.exitCode = EXIT.error;
}

function printFlowPlan(plan: FlowPlan, { json }: Pick<ModulePlan, "json">, io: Io): void {
  const { stoppedBy, value, isCut } = plan;
  if (json) io.stdout.print(JSON.stringify({ ...plan, value: redactValue(value), stoppedBy: errorJson(stoppedBy) }));
  else io.stdout.print(renderFlowPlan(plan, painter(io.stdout.hasColor)));
  if (stoppedBy !== undefined || isCut) io.exitCode = EXIT.error;
}
