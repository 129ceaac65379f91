import { appendFile, writeFile } from "node:fs/promises";
import { deploy, describeChange, type Confirm, type DeployFile, type DeployResult } from "../../../deploy/index.ts";
import { interruption } from "../../interruption.ts";
import { Ended, filePath, type Io } from "../../io.ts";
import { painter } from "../../output/color.ts";
import { renderDeployResult } from "../../output/deploy-result.ts";
import { renderDeploySummary } from "../../output/deploy-summary.ts";
import { jsonView, lineView, liveView, type DeployView } from "../../output/deploy-view.ts";
import { UsageError } from "../../usage-error.ts";
import type { DeployFlags } from "./flags.ts";
import type { Journal } from "./journal.ts";

/** What is to be deployed, and where it is recorded. */
export interface ChosenDeploy {
  readonly file: DeployFile;
  readonly id: string | undefined;
  readonly context: string | undefined;
  /** Undefined: it is not recorded. */
  readonly engine: Journal | undefined;
  /** As `--journal` names its file. */
  readonly journal: string | undefined;
  /** `--resume`: a run that failed is tried again. */
  readonly isResumed: boolean;
}

/** Carries out a deploy, shows it, and ends with the exit code of its verdict. */
export async function carryOut({ file, isResumed, ...chosen }: ChosenDeploy, flags: DeployFlags, io: Io): Promise<void> {
  const isSilent = flags.yes === true || flags.plan === true;
  const { id, engine } = chosen;
  if (!isSilent && io.ask === undefined && !(id !== undefined && engine?.isDecided(id) === true)) throw nobodyToAsk();
  const view = viewFor(flags, io);
  try {
    const result = await deploy(file, {
      ...chosen,
      again: isResumed,
      planOnly: flags.plan === true,
      signal: interruption(io),
      confirm: isSilent ? undefined : confirmation(io),
      onEvent: (event) => view.accept(event),
    });
    io.exitCode = result.exitCode;
    if (!(await isRead(io))) io.stderr.print(renderDeployResult(result, painter(io.stderr.hasColor)));
    await writeSummaries(result, flags, io);
  } finally {
    view.close();
  }
}

/** A pipeline that forgot `--yes` learns it before anything is asked of a server. */
export function nobodyToAsk(): UsageError {
  return new UsageError("nobody can be asked here whether to go on", {
    hint: "Say --yes to change the cluster without asking, or --plan to see what would change.",
  });
}

/** Whether everything that was printed to stdout found a reader. */
export async function isRead({ stdout }: Pick<Io, "stdout">): Promise<boolean> {
  try {
    await stdout.write("");
    return true;
  } catch (error) {
    if (error instanceof Ended) return false;
    throw error;
  }
}

export function viewFor({ json }: Pick<DeployFlags, "json">, io: Io): DeployView {
  if (json === true) return jsonView(io);
  return io.stderr.isTTY ? liveView(io) : lineView(io);
}

function confirmation(io: Io): Confirm {
  return async ({ changes, target }) => {
    const { ask } = io;
    if (ask === undefined) return false;
    const what = changes.map(describeChange).join(", ");
    const answer = await ask(`Change ${target.namespace}/${target.deployment} (${what})? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  };
}

async function writeSummaries(result: DeployResult, { summary }: DeployFlags, io: Io): Promise<void> {
  const stepSummary = io.env["GITHUB_STEP_SUMMARY"] ?? "";
  const text = renderDeploySummary(result);
  try {
    if (summary !== undefined) await writeFile(filePath(io, summary), text);
    if (stepSummary !== "") await appendFile(stepSummary, text);
  } catch (error) {
    // The deploy has ended and has its exit code; only the report of it is missing.
    io.stderr.print(`errand: the summary could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
