import { userInfo } from "node:os";
import type { Command } from "commander";
import { JournalError, type LocalEngine, type RunSummary } from "../../flow/index.ts";
import type { Duration } from "../../retry/index.ts";
import { allRuns, awaitedSignals, findRun, withJournal, type JournalFlags } from "../flows/recorded-runs.ts";
import { interruption } from "../interruption.ts";
import type { Io } from "../io.ts";
import { countArgument, durationArgument } from "../items/number-argument.ts";
import { painter } from "../output/color.ts";
import { renderRuns, runsForPrograms } from "../output/run-list.ts";
import { renderRun, resumeLine, runForPrograms } from "../output/run-page.ts";
import { UsageError } from "../usage-error.ts";

interface ListFlags extends JournalFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

interface SignalFlags extends JournalFlags {
  readonly value?: string;
}

interface PruneFlags extends JournalFlags {
  readonly olderThan?: Duration;
  readonly keep?: number;
}

/** How many ended runs are listed where not all are asked for. */
const latest = 20;

/** `errand runs` and its subcommands: what the journal knows, and what can be said to a run from outside. */
export function register(command: Command, io: Io): void {
  // What stands after a subcommand is the subcommand's.
  command
    .enablePositionalOptions()
    .option("--all", "all that are kept, not only the latest and those that have not ended")
    .option("--journal <file>", "which journal (default: .errand/runs.db of the project)")
    .option("--json", "machine-readable")
    .action((flags: ListFlags) => list(flags, io));
  const page = subcommand(command, "show", "what a run has done, and what it waits for")
    .argument("<RUN>", "its id, or the beginning of it")
    .option("--json", "machine-readable, with all values");
  page.action((run: string) => show(run, page.optsWithGlobals(), io));
  const ending = subcommand(command, "cancel", "end a run; what its flow does in finally is done").argument("<RUN>");
  ending.action((run: string) => cancel(run, ending.optsWithGlobals(), io));
  addVerdict(command, { name: "approve", summary: "send a run the approval it waits for", approved: true }, io);
  addVerdict(command, { name: "reject", summary: "send a run that waits for an approval a refusal", approved: false }, io);
  const pruning = subcommand(command, "prune", "take away what ended runs recorded; their ids stay taken")
    .option("--older-than <duration>", "that ended longer ago (default 30d)", durationArgument)
    .option("--keep <n>", "but for the latest (default 1000)", countArgument);
  pruning.action(() => prune(pruning.optsWithGlobals(), io));
}

interface Verdict {
  readonly name: string;
  readonly summary: string;
  readonly approved: boolean;
}

function addVerdict(command: Command, { name, summary, approved }: Verdict, io: Io): void {
  const verdict = subcommand(command, name, summary)
    .argument("<RUN>")
    .argument("[NAME]", "of the signal, where the run waits for several")
    .option("--value <json>", `instead of { "approved": ${approved}, "by": YOU }`);
  verdict.action((run: string, signal: string | undefined) => send({ run, signal, approved }, verdict.optsWithGlobals(), io));
}

function subcommand(command: Command, name: string, summary: string): Command {
  return command.command(name).description(summary).option("--journal <file>", "which journal");
}

async function list(flags: ListFlags, io: Io): Promise<void> {
  const runs = await withJournal(flags, io, async (engine) => allRuns(engine)).catch((error: unknown) => {
    if (!(error instanceof JournalError) || error.code !== "ERR_JOURNAL_MISSING") throw error;
    io.stderr.print(`no runs: there is no journal ${error.file}`);
    return undefined;
  });
  if (flags.json === true) return io.stdout.print(JSON.stringify(runsForPrograms(chosen(runs ?? [], flags)), undefined, 2));
  if (runs === undefined) return;
  const listed = chosen(runs, flags);
  if (runs.length === 0) return io.stderr.print("no runs");
  io.stdout.print(renderRuns(listed, io.now()));
  if (listed.length < runs.length) io.stderr.print(`${runs.length - listed.length} more: errand runs --all`);
}

/** The latest, and all that have not ended. */
function chosen(runs: readonly RunSummary[], { all }: ListFlags): readonly RunSummary[] {
  return all === true ? runs : runs.filter(({ endedAt }, index) => index < latest || endedAt === undefined);
}

function show(typed: string, flags: ListFlags, io: Io): Promise<void> {
  return withJournal(flags, io, async (engine) => {
    const run = findRun(engine, typed);
    const steps = engine.steps(run.id);
    const page = { run, steps, awaited: awaitedSignals(run, steps), nowMs: io.now(), journal: journalWords(flags) };
    io.stdout.print(
      flags.json === true ? JSON.stringify(runForPrograms(page), undefined, 2) : renderRun(page, painter(io.stdout.hasColor)),
    );
  });
}

function cancel(typed: string, flags: JournalFlags, io: Io): Promise<void> {
  return withJournal(flags, io, async (engine) => {
    const { id, status } = findRun(engine, typed);
    const signal = interruption(io);
    await engine.cancel(id);
    if (status === "running") io.stderr.print(`asked run ${id} to stop; waiting for what it does in finally`);
    await engine.changed(id, signal).catch((error: unknown) => {
      if (signal.aborted) io.stderr.print(`the cancellation of run ${id} stays asked for`);
      throw error;
    });
    const run = findRun(engine, id);
    if (run.endedAt !== undefined)
      return io.stdout.print(run.status === "cancelled" ? `run ${id} is cancelled` : `run ${id} ended before: it is ${run.status}`);
    io.stdout.print(`run ${id} is being cancelled`);
    io.stderr.print(
      `No process has it. It ends when it is started again, for what its flow does in finally:\n  ${resumeLine(run, journalWords(flags))}`,
    );
  });
}

interface Sent {
  readonly run: string;
  readonly signal: string | undefined;
  readonly approved: boolean;
}

function send({ run: typed, signal, approved }: Sent, flags: SignalFlags, io: Io): Promise<void> {
  const value = flags.value === undefined ? { approved, by: userName(io) } : jsonValue(flags.value);
  return withJournal(flags, io, async (engine) => {
    const run = findRun(engine, typed);
    const name = awaited(engine, run, signal);
    if (!(await engine.signal(run.id, name, value)))
      throw new UsageError(`run ${run.id} was sent ${name} before, and the first one counts`, { hint: goesOn(run, flags) });
    io.stdout.print(`sent ${name} to run ${run.id}: ${JSON.stringify(value)}`);
    if (run.status !== "running") io.stderr.print(goesOn(run, flags));
  });
}

function goesOn(run: RunSummary, flags: JournalFlags): string {
  return `No process has it. To go on:\n  ${resumeLine(run, journalWords(flags))}`;
}

/** The signal that is meant: one that the run waits for, or the only one. */
function awaited(engine: LocalEngine, run: RunSummary, wanted: string | undefined): string {
  const names = awaitedSignals(run, engine.steps(run.id));
  const [only] = names;
  if (only === undefined) {
    const hint = run.endedAt === undefined ? `It is ${run.status}; errand runs show ${run.id} tells what it does.` : undefined;
    throw new UsageError(`run ${run.id} waits for no signal${run.endedAt === undefined ? "" : `: it is ${run.status}`}`, { hint });
  }
  if (wanted === undefined && names.length === 1) return only;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  const problem = wanted === undefined ? `waits for ${names.length} signals` : `does not wait for ${wanted}`;
  throw new UsageError(`run ${run.id} ${problem}`, { hint: `It waits for ${names.join(", ")}.` });
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`--value is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: `A text stands in quotes of its own: '"yes"'.`,
      cause,
    });
  }
}

function userName({ env }: Pick<Io, "env">): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in containers.
    return env["USER"] ?? env["LOGNAME"] ?? "unknown";
  }
}

async function prune(flags: PruneFlags, io: Io): Promise<void> {
  const { journal, olderThan: retention, keep } = flags;
  const count = await withJournal({ journal, retention, keep }, io, (engine) => engine.prune());
  io.stdout.print(`pruned ${count} ${count === 1 ? "run" : "runs"}`);
}

function journalWords({ journal }: JournalFlags): readonly string[] {
  return journal === undefined ? [] : ["--journal", journal];
}
