import type { Command } from "commander";
import { describeUndo, loadDeployFile, rollBackRun, type Confirm } from "../../deploy/index.ts";
import { journalPath } from "../flows/journal-path.ts";
import { interruption } from "../interruption.ts";
import { filePath, type Io } from "../io.ts";
import { painter } from "../output/color.ts";
import { renderDeployResult } from "../output/deploy-result.ts";
import { UsageError } from "../usage-error.ts";
import { isRead, viewFor } from "./deploy/carry-out.ts";

interface RollbackFlags {
  readonly yes?: boolean;
  readonly journal?: string;
  readonly json?: boolean;
  readonly context?: string;
}

/** `errand rollback RUN [FILE]`. */
export function register(command: Command, io: Io): void {
  command
    .argument("<RUN>", "the id of a deploy")
    .argument("[FILE]", "its deploy file, where the journal does not know the run")
    .option("--yes", "do not ask before the change")
    .option("--journal <file>", "where the run is recorded (default: .errand/runs.db of the project, or $ERRAND_HOME)")
    .option("--context <name>", "of the kubeconfig, instead of the file's")
    .option("--json", "every event as a line of JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 done or nothing to do, 10 blocked and nothing changed, 12 changed and not recovered, 14 needs a person,\n64 the run is not known, 130 suspended: the same command goes on.",
    )
    .action((run: string, file: string | undefined, flags: RollbackFlags) => rollback(run, file, { flags, io }));
}

async function rollback(
  run: string,
  path: string | undefined,
  { flags, io }: { readonly flags: RollbackFlags; readonly io: Io },
): Promise<void> {
  if (!/^[\w.-]{1,180}$/.test(run))
    throw new UsageError("RUN takes letters, digits, dots, dashes and underscores, as a deploy shows its run");
  // Before anything is asked of a server: a pipeline that forgot --yes learns it at once.
  if (flags.yes !== true && io.ask === undefined)
    throw new UsageError("nobody can be asked here whether to go on", { hint: "Say --yes to change the cluster without asking." });
  const file = path === undefined ? undefined : await loadDeployFile(filePath(io, path), path);
  const view = viewFor(flags, io);
  try {
    const result = await rollBackRun(run, {
      ...(file === undefined ? {} : { file }),
      // The one that errand deploy uses.
      journal: journalPath(io, flags.journal),
      ...(flags.context === undefined ? {} : { context: flags.context }),
      ...(flags.yes === true ? {} : { confirm: confirmation(io) }),
      signal: interruption(io),
      onEvent: (event) => view.accept(event),
    });
    io.exitCode = result.exitCode;
    if (!(await isRead(io))) io.stderr.print(renderDeployResult(result, painter(io.stderr.hasColor)));
  } finally {
    view.close();
  }
}

function confirmation({ ask }: Pick<Io, "ask">): Confirm {
  return async ({ target, undo }) => {
    if (ask === undefined) return false;
    const answer = await ask(`Roll back ${target.namespace}/${target.deployment} (${describeUndo(undo)})? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  };
}
