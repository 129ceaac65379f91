import { randomUUID } from "node:crypto";
import { Option, type Command } from "commander";
import type { RunSummary } from "../../flow/index.ts";
import { askUncertain } from "../flows/ask-uncertain.ts";
import { exportedFlow, flowToPlan, type ForeignFlow, type ForeignStart } from "../flows/exported-flow.ts";
import { flowInput } from "../flows/flow-input.ts";
import { loadModule } from "../flows/load-module.ts";
import { recordedRun } from "../flows/recorded-run.ts";
import { reportRun } from "../flows/report-run.ts";
import { watchRun } from "../flows/watch-run.ts";
import { interruption } from "../interruption.ts";
import { filePath, type Io } from "../io.ts";
import { painter } from "../output/color.ts";
import { commandLine } from "../output/command-line.ts";
import { renderResult } from "../output/run-result.ts";
import { UsageError } from "../usage-error.ts";

interface RunFlags {
  readonly flow?: string;
  readonly input?: string;
  readonly id?: string;
  readonly journal?: string;
  readonly uncertain?: "repeat" | "skip";
  readonly again?: boolean;
  readonly json?: boolean;
  readonly plan?: boolean;
}

/** A run about to be started. */
interface Prepared {
  readonly flow: ForeignFlow;
  readonly input: unknown;
  readonly id: string;
  /** Absolute. */
  readonly journal: string | undefined;
  /** The line that goes on with it. */
  readonly line: string;
}

/** `errand run FILE`: a flow of the user's own module, resumable. */
export function register(command: Command, io: Io): void {
  command
    .argument("<FILE>", "a module that exports a flow: .ts, .mts, .js or .mjs")
    .option("--flow <name>", "which one, where it exports several")
    .option("--input <json>", "JSON, @FILE, or @- for stdin (default: that of the run, where --id names one)")
    .option("--id <id>", "the same id is the same run: it goes on, is waited for, or gives its result")
    .option("--journal <file>", "where runs are recorded (default: .errand/runs.db of the project)")
    .addOption(new Option("--uncertain <verdict>", "about steps that may have been done").choices(["repeat", "skip"]))
    .option("--again", "of a run that failed: try its failed steps again")
    .option("--plan", "tell what it would do: reads go out, writes are held back and listed; of a script without flows, too")
    .option("--json", "the result as JSON, a text too")
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 failed, 14 a step may have been done: decide, 64 the command line or the file is wrong, 130 suspended.",
    )
    .action((file: string, flags: RunFlags) => run(file, flags, io));
}

async function run(file: string, flags: RunFlags, io: Io): Promise<void> {
  const { id = randomUUID(), again = false, json = false } = flags;
  if (!/^[\x21-\x7e]{1,200}$/.test(id)) throw new UsageError("--id takes up to 200 visible ASCII characters");
  const journal = flags.journal === undefined ? undefined : filePath(io, flags.journal);
  const typedInput = flags.input === undefined ? undefined : await flowInput(flags.input, io);
  const known = flags.id === undefined ? undefined : await recordedRun(id, journal);
  const load = (): ReturnType<typeof loadModule> => loadModule(filePath(io, file), file);
  if (flags.plan === true) {
    if (again || flags.uncertain !== undefined) throw new UsageError("--plan takes neither --again nor --uncertain: it starts nothing");
    const { planModule } = await import("../flows/plan-flow.ts");
    const pick = (module: Awaited<ReturnType<typeof load>>): ReturnType<typeof flowToPlan> =>
      flowToPlan({ module, file, wanted: flags.flow, recorded: known?.flow });
    return planModule({ load, pick, input: typedInput ?? known?.input, id: flags.id, journal, json }, io);
  }
  const module = await load();
  const flow = exportedFlow({ module, file, wanted: flags.flow, recorded: known?.flow });
  const input = flags.input === undefined ? known?.input : typedInput;
  const prepared = { flow, input, id, journal, line: resumeLine(file, { ...flags, id }) };
  io.stderr.print(opening(prepared, known, again));
  const unwatch = watchRun(io, flags.journal === undefined ? [] : ["--journal", flags.journal]);
  try {
    const value = await flow.start(input, startOptions(prepared, flags, io));
    const text = renderResult(value, { isTerminal: io.stdout.isTTY, json, paint: painter(io.stdout.hasColor) });
    if (text !== undefined) io.stdout.print(text);
  } catch (error) {
    io.exitCode = reportRun(error, prepared, io);
  } finally {
    unwatch();
  }
}

function startOptions({ id, journal }: Prepared, { uncertain, again = false }: RunFlags, io: Io): ForeignStart {
  const { ask } = io;
  const answer = uncertain ?? (ask === undefined ? undefined : askUncertain(ask, io));
  return { id, journal, signal: interruption(io), uncertain: answer, again };
}

/** The input is not in it: the run remembers it. */
function resumeLine(file: string, { id, flow, journal, json }: RunFlags & { readonly id: string }): string {
  const optional = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [name, value]);
  const words = ["errand", "run", file, ...optional("--flow", flow), "--id", id, ...optional("--journal", journal)];
  return commandLine([...words, ...(json === true ? ["--json"] : [])]);
}

/** What is about to happen, in a line. */
function opening({ id, flow }: Prepared, known: RunSummary | undefined, again: boolean): string {
  const run = `run ${id} of ${flow.name}`;
  switch (known?.status) {
    case undefined:
      return run;
    case "done":
      return `${run} was done before: this is its recorded result`;
    case "running":
      return `${run} is under way in another process: waiting for its result`;
    case "failed":
      return again ? `${run} failed before, and tries its failed steps again` : `${run} failed before`;
    case "cancelled":
      return `${run} was cancelled before`;
    case "interrupted":
    case "suspended":
      return known.isCancelling ? `${run} is being cancelled` : `${run} goes on where it was left`;
  }
}
