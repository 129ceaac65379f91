import type { Command } from "commander";
import { loadDeployFile } from "../../deploy/index.ts";
import { filePath, type Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import { carryOut, nobodyToAsk } from "./deploy/carry-out.ts";
import { checkFile } from "./deploy/check-file.ts";
import type { DeployFlags } from "./deploy/flags.ts";
import { initFile, type InitFlags } from "./deploy/init-file.ts";
import { inputToResume, Journal } from "./deploy/journal.ts";

/** `errand deploy FILE`, `errand deploy --resume RUN`, `errand deploy check FILE`, `errand deploy init deployment/NAME`. */
export function register(command: Command, io: Io): void {
  command
    .argument("[FILE]", "a deploy file; --resume needs none")
    .option("--plan", "ask the server, show the difference, change nothing")
    .option("--yes", "do not ask before the change")
    .option("--id <id>", "the run's id: the same id goes on with the same change, and never makes a second")
    .option("--resume <run>", "go on with a run that was interrupted or failed, after the step that was done last")
    .option("--journal <file>", "where the run is recorded (default: .errand/runs.db of the project, or in $ERRAND_HOME)")
    .option("--no-journal", "do not record the run: it cannot be resumed, only found again by its --id")
    .option("--summary <file>", "also write the verdict as Markdown (in GitHub Actions: to $GITHUB_STEP_SUMMARY by itself)")
    .option("--context <name>", "of the kubeconfig, instead of the file's")
    .option("--json", "every event as a line of JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 done or nothing to do, 10 blocked and nothing changed, 11 rolled back and verified, 12 changed and not recovered,\n13 inconclusive, 14 needs a person, 64 the file is wrong, 130 suspended: --resume goes on.",
    )
    .action((file: string | undefined, flags: DeployFlags) => run(file, flags, io));
  command
    .command("check")
    .description("check a deploy file; no cluster is needed")
    .argument("<FILE>")
    .option("--json", "machine-readable")
    .action((file: string, flags: { readonly json?: boolean }) => checkFile(file, flags, io));
  command
    .command("init")
    .description("write a deploy file for a live Deployment")
    .argument("<deployment/NAME>")
    .option("-n, --namespace <name>", "default: the context's")
    .option("--context <name>", "of the kubeconfig")
    .option("-o, --output <file>", "instead of stdout; an existing file is not replaced")
    .action((target: string, flags: InitFlags) => initFile(target, flags, io));
}

async function run(path: string | undefined, flags: DeployFlags, io: Io): Promise<void> {
  if (flags.resume !== undefined) return resume(flags.resume, { ...flags, path }, io);
  if (path === undefined)
    throw new UsageError("a deploy file is missing", { hint: "Write: errand deploy FILE, or errand deploy --resume RUN." });
  const file = await loadDeployFile(filePath(io, path), path);
  const { id, context } = flags;
  if (id !== undefined && !/^[\w.-]{1,63}$/.test(id))
    throw new UsageError("--id takes up to 63 letters, digits, dots, dashes and underscores");
  // What is recorded under an id may have been decided already.
  if (flags.yes !== true && flags.plan !== true && io.ask === undefined && id === undefined) throw nobodyToAsk();
  const engine = flags.plan === true || flags.journal === false ? undefined : new Journal(flags, io);
  try {
    await carryOut({ file, id, context, engine, journal: journalName(flags), isResumed: false }, flags, io);
  } finally {
    await engine?.close();
  }
}

async function resume(id: string, flags: DeployFlags & { readonly path: string | undefined }, io: Io): Promise<void> {
  const { path, plan, context } = flags;
  const given = {
    "a file": path,
    "--id": flags.id,
    "--context": context,
    "--plan": plan,
    "--no-journal": flags.journal === false || undefined,
  };
  const superfluous = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (superfluous !== undefined) {
    throw new UsageError(`--resume takes no ${superfluous.replace(/^a /, "")}: what is deployed stands in the journal`, {
      hint: `Write: errand deploy --resume ${id}`,
    });
  }
  const engine = new Journal(flags, io);
  try {
    const input = inputToResume(engine, id, io.now());
    await carryOut({ ...input, context: input.context, id, engine, journal: journalName(flags), isResumed: true }, flags, io);
  } finally {
    await engine.close();
  }
}

function journalName({ journal }: DeployFlags): string | undefined {
  return typeof journal === "string" ? journal : undefined;
}
