/**
 * How a command joins the program:
 *
 * 1. Its file `commands/NAME.ts` exports `register(command: Command, io: Io): void`. It gets its own commander Command, named
 *    and with errors, help and output already connected; it adds arguments, options, subcommands and `.action(async ...)`.
 * 2. It has one line in command-table.ts, which imports the file only when the command is called.
 * 3. Its action parses, makes one library call and renders: results with `io.stdout`, all else with `io.stderr`. It passes
 *    `io.signal` to whatever waits. It sets `io.exitCode` when the outcome is not 0 and throws otherwise: an ErrandError ends
 *    with its message, hint and attempts on stderr and the exit code of the catalog; a UsageError with 64.
 */
import { Command, CommanderError } from "commander";
import { version } from "../client/index.ts";
import { bareRequest, commandTable, type CommandEntry } from "./command-table.ts";
import { defaultOptions, sharedDefaults, usableDefaults } from "./default-options.ts";
import { EXIT } from "./exit-codes.ts";
import { reportFailure } from "./failure.ts";
import { helpText } from "./help.ts";
import { Ended, type Io } from "./io.ts";
import { looksLikeTarget, notATarget } from "./items/request-target.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one command line and gives the exit code; never throws for what a user, a server or a network can do. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    await dispatch(argv, io);
    // An interrupted command may end well (a playground does), one whose result was not written may not.
    const reason: unknown = io.signal.reason;
    return reason instanceof Ended && reason.kind === "outputFailed" ? reportFailure(reason, io) : io.exitCode;
  } catch (error) {
    return reportFailure(error, io);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const [first, second] = argv;
  if (first === undefined) {
    io.stderr.print(`errand: nothing to do: a URL or a command is missing\n\n${helpText(commandTable)}`);
    io.exitCode = EXIT.usage;
    return;
  }
  if (first === "--version") return io.stdout.print(version);
  if (first === "--help" || (first === "help" && second === undefined)) return io.stdout.print(helpText(commandTable));
  if (first === "help" && second !== undefined) return runCommand([second, "--help"], io);
  return runCommand(argv, io);
}

async function runCommand(argv: readonly string[], io: Io): Promise<void> {
  const [first = "", second] = argv;
  const entry = commandTable.get(first);
  if (entry !== undefined) return parse({ name: first, entry, args: argv.slice(1) }, io);
  if (!first.startsWith("-") && !looksLikeTarget(first, second)) throw notATarget(first, commandTable.keys());
  return parse({ name: "", entry: bareRequest, args: argv }, io);
}

interface Call {
  readonly name: string;
  readonly entry: CommandEntry;
  readonly args: readonly string[];
}

async function parse({ name, entry, args }: Call, io: Io): Promise<void> {
  const module = await entry.load();
  const typed =
    args.includes("--help") || entry.takesDefaults !== true ? args : [...(await defaultsFor({ name, entry, args }, io)), ...args];
  const command = newCommand(name, entry, io);
  module.register(command, io);
  if (typed.some((arg) => arg.startsWith("--no-")) || typed.length > args.length)
    (await import("./negated-options.ts")).addNegations(command);
  try {
    await command.parseAsync(typed, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    const [message = "", ...more] = error.message.replace(/^error: /, "").split("\n");
    throw new UsageError(message, { hint: `${[...more, ""].join(" ")}Try: ${command.name()} --help`, cause: error });
  }
}

/** The config file's default options, where this command can be called with them. */
async function defaultsFor({ name, entry }: Call, io: Io): Promise<readonly string[]> {
  const options = defaultOptions(io);
  if (options.length === 0) return options;
  const scratch = await scratchCommand(name, entry, io);
  return usableDefaults(sharedDefaults(options, await scratchCommand("", bareRequest, io), scratch), scratch, io);
}

/** A command to ask about its options; it is never run. */
async function scratchCommand(name: string, entry: CommandEntry, io: Io): Promise<Command> {
  const scratch = newCommand(name, entry, io);
  (await entry.load()).register(scratch, io);
  (await import("./negated-options.ts")).addNegations(scratch);
  return scratch;
}

function newCommand(name: string, entry: CommandEntry, io: Io): Command {
  return new Command(name === "" ? "errand" : `errand ${name}`)
    .description(entry.summary)
    .helpOption("--help", "show this")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.print(text),
      writeErr: (text) => io.stderr.print(text),
      // The message comes back as a CommanderError.
      outputError: () => {},
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
    });
}
