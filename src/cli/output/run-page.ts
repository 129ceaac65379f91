import type { RunSummary, StepSummary } from "../../flow/index.ts";
import { formatDuration } from "../../retry/index.ts";
import { renderAge } from "./age.ts";
import type { Paint } from "./color.ts";
import { commandLine } from "./command-line.ts";
import { escapeLine } from "./control-characters.ts";
import { runDuration, runStatus, statusColors } from "./run-status.ts";
import { renderTable } from "./table.ts";

export interface RunPage {
  readonly run: RunSummary;
  readonly steps: readonly StepSummary[];
  /** Signals that it waits for. */
  readonly awaited: readonly string[];
  readonly nowMs: number;
  /** `--journal FILE`, where it was given. */
  readonly journal: readonly string[];
}

/** Values are shortened: `--json` has them whole. */
const longestValue = 200;

/** One run for people: what it is, its steps in their order, what it waits for, and the line that goes on with it. */
export function renderRun(page: RunPage, paint: Paint): string {
  return [facts(page, paint), stepTable(page), waits(page), next(page)].filter((part) => part !== "").join("\n\n");
}

/** The same for programs. */
export function runForPrograms({ run, steps, awaited, nowMs }: RunPage): object {
  return { ...run, steps, waitsFor: { signals: awaited, sleeps: sleeps(run, steps, nowMs) } };
}

function facts({ run, nowMs }: RunPage, paint: Paint): string {
  const { id, flow, begunAt, input, value, error, status, isPruned } = run;
  const word = runStatus(run);
  const color = statusColors[word];
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["run", escapeLine(id)],
    ["flow", escapeLine(flow)],
    ["status", color === undefined ? word : paint(color, word)],
    ["begun", `${begunAt.toISOString()} (${renderAge(nowMs - begunAt.getTime())} ago)`],
    ["took", runDuration(run, nowMs) || undefined],
    ["input", shown(input)],
    ["result", status === "done" ? shown(value) : undefined],
    ["error", error === undefined ? undefined : escapeLine([error.code, error.message].filter((part) => part !== undefined).join(": "))],
    ["kept", isPruned ? "only the id: what it recorded was pruned" : undefined],
  ];
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(8)}${text}`])).join("\n");
}

function stepTable({ steps }: RunPage): string {
  // The keys of a list and the end of a sleep are notes of the engine's.
  const rows = steps
    // Recorded times and UUIDs are the flow's concern; the JSON has them.
    .filter(({ id, kind }) => kind !== "value" && !id.endsWith("[]") && !id.endsWith("#until"))
    .map(({ id, kind, state, attempt, begunAt, recordedAt, error, intents }) => [
      id,
      kind,
      state === "begun" && kind === "signal" ? "waits" : state,
      String(attempt),
      state === "begun" ? "" : formatDuration(recordedAt.getTime() - begunAt.getTime()),
      error?.message ?? intents.map(({ method, url }) => `${method} ${url}`).join(", "),
    ]);
  if (rows.length === 0) return "";
  const columns = [
    { title: "STEP" },
    { title: "KIND" },
    { title: "STATE" },
    { title: "ATTEMPT", align: "right" },
    { title: "TOOK" },
    { title: "" },
  ] as const;
  return renderTable(columns, rows);
}

function waits({ run, steps, awaited, nowMs, journal }: RunPage): string {
  const lines = awaited.map(
    (name) => `waits for the signal ${escapeLine(name)}:\n  ${commandLine(["errand", "runs", "approve", run.id, name, ...journal])}`,
  );
  for (const { name, until } of sleeps(run, steps, nowMs)) lines.push(`sleeps until ${until} (${escapeLine(name)})`);
  if (run.endedAt === undefined && run.status !== "running")
    for (const { id, intents } of steps.filter(({ state, kind }) => state === "begun" && kind === "step"))
      lines.push(`${escapeLine(id)} was interrupted: whether ${intents.map(({ method }) => method).join(" and ")} was done is not known`);
  return lines.join("\n");
}

interface Sleeping {
  readonly name: string;
  readonly until: string;
}

/** Sleeps whose end is recorded, and they themselves are not. */
function sleeps({ endedAt }: RunSummary, steps: readonly StepSummary[], nowMs: number): readonly Sleeping[] {
  if (endedAt !== undefined) return [];
  const ids = new Set(steps.map(({ id }) => id));
  return steps.flatMap(({ id, value }) => {
    const name = id.slice(0, -"#until".length);
    if (!id.endsWith("#until") || ids.has(name) || typeof value !== "number" || value <= nowMs) return [];
    return [{ name, until: new Date(value).toISOString() }];
  });
}

function next({ run, journal }: RunPage): string {
  const { status, endedAt, isPruned } = run;
  if (isPruned) return "";
  if (endedAt !== undefined && status !== "failed") return "";
  if (status === "running") return run.isCancelling ? "" : `to stop it: ${commandLine(["errand", "runs", "cancel", run.id, ...journal])}`;
  return `${run.isCancelling ? "to do what is left of it" : "to go on"}:\n  ${resumeLine(run, journal)}`;
}

/** How a run goes on. Which file its flow stands in, the journal does not know. */
export function resumeLine({ id, flow, input, status }: RunSummary, journal: readonly string[]): string {
  if (flow === "deploy") return commandLine(["errand", "deploy", "--resume", id, ...journal]);
  const undone: unknown = typeof input === "object" && input !== null && "run" in input ? input.run : undefined;
  if (flow === "rollback" && typeof undone === "string") return commandLine(["errand", "rollback", undone, ...journal]);
  const base: unknown = typeof input === "object" && input !== null && "base" in input ? input.base : undefined;
  if (flow === "errand posts") return commandLine(["errand", "posts", "--base", String(base), "--id", id, ...journal]);
  return commandLine(["errand", "run", "FILE", "--id", id, ...journal, ...(status === "failed" ? ["--again"] : [])]);
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = escapeLine(typeof value === "string" ? value : JSON.stringify(value));
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}... (${text.length} characters, --json has them)`;
}
