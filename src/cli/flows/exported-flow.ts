import { ErrandError, nearest } from "../../errors/index.ts";
import { UsageError } from "../usage-error.ts";
import type { PlannableFlow } from "./plan-flow.ts";

/** What the command needs of a flow. The class is another than this program's: the module has its own copy of errand. */
export interface ForeignFlow {
  readonly name: string;
  start(input: unknown, options: ForeignStart): Promise<unknown>;
  /** Older ones have none. */
  plan?: PlannableFlow["plan"];
}

/** Of StartOptions of errand/flow. */
export interface ForeignStart {
  readonly id: string;
  readonly journal: string | undefined;
  readonly signal: AbortSignal;
  readonly uncertain: "repeat" | "skip" | ((step: ForeignUncertainStep) => Promise<"repeat" | "skip">) | undefined;
  readonly again: boolean;
}

export interface ForeignUncertainStep {
  readonly runId: string;
  readonly stepId: string;
  readonly intents: readonly { readonly method: string; readonly url: string }[];
}

interface Exported {
  /** The names it is exported under. */
  readonly names: readonly string[];
  readonly flow: ForeignFlow;
}

export interface FlowChoice {
  readonly module: Readonly<Record<string, unknown>>;
  /** As it was written on the command line. */
  readonly file: string;
  /** A flow's name, or that of an export. */
  readonly wanted: string | undefined;
  /** The flow that the run was begun with: meant where nothing else is said. */
  readonly recorded: string | undefined;
}

/** The flow that is meant: the one that a module exports, or the one that is named. */
export function exportedFlow({ module, file, wanted, recorded }: FlowChoice): ForeignFlow {
  const exported = flowsOf(module);
  if (exported.length === 0) throw noFlow(file);
  if (wanted === undefined) {
    const same = exported.filter(({ flow }) => flow.name === recorded);
    const [meant] = same.length === 1 ? same : exported.length === 1 ? exported : [];
    if (meant !== undefined) return meant.flow;
    throw new UsageError(`${file} exports ${exported.length} flows`, { hint: `Say which: ${listed(exported)}` });
  }
  const byFlow = exported.filter(({ flow }) => flow.name === wanted);
  const found = byFlow.length > 0 ? byFlow : exported.filter(({ names }) => names.includes(wanted));
  if (found.length > 1) throw new UsageError(`${file} exports ${found.length} flows named ${wanted}`, { hint: "Name the export instead." });
  if (found[0] !== undefined) return found[0].flow;
  const known = nearest(
    wanted,
    exported.flatMap(({ names, flow }) => [flow.name, ...names]),
  );
  const near = known === undefined ? "" : `Did you mean ${known}? `;
  throw new UsageError(`${file} exports no flow ${wanted}`, { hint: `${near}There is ${listed(exported)}` });
}

/** The flow whose plan is meant; undefined where the module exports none, and is a script. */
export function flowToPlan(choice: FlowChoice): PlannableFlow | undefined {
  if (flowsOf(choice.module).length === 0 && choice.wanted === undefined) return undefined;
  const flow = exportedFlow(choice);
  const { plan } = flow;
  if (plan !== undefined) return { plan: (input, options) => plan.call(flow, input, options) };
  throw new UsageError(`the flow ${flow.name} of ${choice.file} cannot be planned`, {
    hint: "The errand of its project is older than this command: update it.",
  });
}

function flowsOf(module: Readonly<Record<string, unknown>>): readonly Exported[] {
  const found = new Map<ForeignFlow, string[]>();
  for (const [name, value] of Object.entries(module)) {
    if (!isFlow(value)) continue;
    const names = found.get(value) ?? [];
    names.push(name);
    found.set(value, names);
  }
  return [...found].map(([flow, names]) => ({ flow, names }));
}

/** By the mark that every copy of errand gives its flows, never by the class. */
function isFlow(value: unknown): value is ForeignFlow {
  return typeof value === "object" && value !== null && Reflect.get(value, Symbol.for("errand.flow.v1")) === true;
}

function listed(exported: readonly Exported[]): string {
  return exported
    .map(({ flow, names }) => (names.includes(flow.name) ? flow.name : `${flow.name} (exported as ${names.join(", ")})`))
    .join(", ");
}

function noFlow(file: string): ErrandError {
  return new ErrandError({
    code: "ERR_FLOW_MODULE",
    message: `${file} exports no flow`,
    hint: `Export one:
import { flow } from "errand/flow";
export const hello = flow("hello", async (run, name: string) =>
  run.step("greet", () => \`hello \${name}\`));`,
  });
}
