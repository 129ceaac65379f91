import { errorSummary, isHeldBack } from "./plan-error.ts";
import type { FlowPlan, Plan, PlanEntry, PlannedRequest } from "../../flow/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";
import { escapeLine } from "./control-characters.ts";

/** More fields of one object are counted: whoever wants them all takes the JSON. */
const mostDifferences = 40;

/** What a run would do, for people: place by place, then what cannot be known. */
export function renderFlowPlan(plan: FlowPlan, paint: Paint): string {
  const title = `${paint("bold", `plan of ${escapeLine(plan.flow)}`)}${plan.runId === "plan" ? "" : ` (run ${escapeLine(plan.runId)})`}: nothing was changed`;
  const requests = plan.entries.flatMap((entry) => entry.requests);
  const reads = plan.entries.reduce((sum, entry) => sum + entry.reads, 0);
  const body = plan.entries.map((entry) => renderEntry(entry, paint).join("\n"));
  return [title, ...body, "", countLine(requests, reads), ...flowEnd(plan, paint), ...dryRunCaution(requests)].join("\n");
}

/** The same for a function or a script without flows. */
export function renderPlan(plan: Plan, paint: Paint): string {
  const body = plan.requests.map((request) => renderRequest(request, paint).join("\n"));
  const end = plan.isComplete
    ? "It came to its end: it would send nothing more."
    : isHeldBack(plan.stoppedBy)
      ? paint("yellow", "It stopped there, for it needs the answer: what follows is not known.")
      : paint("red", `It failed, and what follows is not known: ${errorSummary(plan.stoppedBy)}`);
  const caution = "Only requests of errand's sessions were held back: whatever else it does (fetch, files, programs) was done.";
  return [
    "plan: nothing was changed by errand",
    ...body,
    "",
    countLine(plan.requests, plan.reads),
    end,
    ...dryRunCaution(plan.requests),
    caution,
  ].join("\n");
}

function renderEntry({ id, kind, state, reads, requests, sleepMs, error }: PlanEntry, paint: Paint): string[] {
  const read = reads === 0 ? [] : [`${reads} ${reads === 1 ? "read" : "reads"}`];
  const said = [...stateWords({ kind, state, sleepMs }), ...read].join(", ");
  const head = `${escapeLine(id)}${said === "" ? "" : paint("dim", `  ${said}`)}`;
  const failure = error === undefined ? [] : [paint("red", `  fails: ${escapeLine(error.message)}`)];
  return [head, ...requests.flatMap((request) => renderRequest(request, paint)), ...failure];
}

function stateWords({ kind, state, sleepMs }: Pick<PlanEntry, "kind" | "state" | "sleepMs">): string[] {
  if (state === "recorded") return ["done before, by the run so far"];
  if (kind === "sleep") return [`would sleep ${formatDuration(sleepMs ?? 0)}`];
  if (kind === "signal") return ["would wait for this signal"];
  return state === "unfinished" ? ["had not ended"] : [];
}

function renderRequest({ method, url, outcome, body, effect, status, differences, note }: PlannedRequest, paint: Paint): string[] {
  const words = outcome === "dryRun" ? `dry run${effectWords(effect, status)}` : outcome === "waits" ? "would be asked again" : "held back";
  const color = outcome === "dryRun" ? "cyan" : "yellow";
  const shown = outcome === "dryRun" && effect !== undefined ? undefined : body;
  return [
    `  ${paint("bold", method)} ${escapeLine(url)}  ${paint(color, words)}`,
    ...(shown === undefined ? [] : [`    ${paint("dim", escapeLine(shown))}`]),
    ...(note === undefined ? [] : [`    ${escapeLine(note)}`]),
    ...differences.slice(0, mostDifferences).flatMap((difference) => renderDifference(difference, paint)),
    ...(differences.length > mostDifferences ? [`    and ${differences.length - mostDifferences} more fields`] : []),
  ];
}

const effects = {
  create: ": would be created",
  change: ": would change",
  delete: ": would be deleted",
  none: ": would stay as it is",
} as const;

function effectWords(effect: PlannedRequest["effect"], status: number | undefined): string {
  if (effect !== undefined) return effects[effect];
  return status === undefined ? "" : ` answered ${status}`;
}

function renderDifference({ path, from, to }: PlannedRequest["differences"][number], paint: Paint): string[] {
  return [
    ...(from === undefined ? [] : [paint("red", `    - ${escapeLine(path)}: ${escapeLine(from)}`)]),
    ...(to === undefined ? [] : [paint("green", `    + ${escapeLine(path)}: ${escapeLine(to)}`)]),
  ];
}

function countLine(requests: readonly PlannedRequest[], reads: number): string {
  const count = (outcome: PlannedRequest["outcome"]): number => requests.filter((request) => request.outcome === outcome).length;
  const dryRuns = count("dryRun");
  return `${count("held")} held back, ${dryRuns} dry ${dryRuns === 1 ? "run" : "runs"}, ${reads} ${reads === 1 ? "read" : "reads"}.`;
}

function flowEnd({ isComplete, isCut, stoppedBy, entries }: FlowPlan, paint: Paint): string[] {
  if (isComplete) return ["It came to its end: the run would do nothing more."];
  if (stoppedBy !== undefined) return [paint("red", `The run would fail: ${errorSummary(stoppedBy)}`)];
  const places = (states: readonly PlanEntry["state"][]): string =>
    listed(entries.filter(({ state }) => states.includes(state)).map(({ id }) => id));
  if (isCut)
    return [paint("yellow", `The plan was ended before it knew everything; not ended: ${places(["unfinished", "held", "waits"])}`)];
  return [
    paint("yellow", `What follows on ${places(["held", "waits"])} is not known: it depends on answers that only the run itself gets.`),
  ];
}

/** A few places by name. */
function listed(places: readonly string[]): string {
  const shown = places.slice(0, 3).map(escapeLine).join(", ");
  return places.length <= 3 ? shown : `${shown} and ${places.length - 3} more`;
}

function dryRunCaution(requests: readonly PlannedRequest[]): string[] {
  const isChanging = requests.some(({ outcome, effect }) => outcome === "dryRun" && effect !== "none");
  return isChanging ? ["What was read after a dry run is as it is now, without the change."] : [];
}
