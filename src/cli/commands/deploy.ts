import { appendFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { deploy, describeChange, initDeployFile, loadDeployFile, type Confirm, type DeployResult } from "../../deploy/index.ts";
import { Cluster } from "../../services/kubernetes/index.ts";
import { Ended, filePath, type Io } from "../io.ts";
import { painter } from "../output/color.ts";
import { renderDeployResult } from "../output/deploy-result.ts";
import { renderDeploySummary } from "../output/deploy-summary.ts";
import { jsonView, lineView, liveView, type DeployView } from "../output/deploy-view.ts";
import { UsageError } from "../usage-error.ts";

interface DeployFlags {
  readonly plan?: boolean;
  readonly yes?: boolean;
  readonly id?: string;
  readonly summary?: string;
  readonly json?: boolean;
  readonly context?: string;
}

interface InitFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly output?: string;
}

/** `errand deploy FILE`, `errand deploy check FILE`, `errand deploy init deployment/NAME`. */
export function register(command: Command, io: Io): void {
  command
    .argument("<FILE>", "a deploy file")
    .option("--plan", "ask the server, show the difference, change nothing")
    .option("--yes", "do not ask before the change")
    .option("--id <id>", "the run's id: the same id goes on with the same change, and never makes a second")
    .option("--summary <file>", "also write the verdict as Markdown (in GitHub Actions: to $GITHUB_STEP_SUMMARY by itself)")
    .option("--context <name>", "of the kubeconfig, instead of the file's")
    .option("--json", "every event as a line of JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 done or nothing to do, 10 blocked and nothing changed, 11 rolled back and verified, 12 changed and not recovered,\n13 inconclusive, 14 needs a person, 64 the file is wrong, 130 suspended.",
    )
    .action((file: string, flags: DeployFlags) => run(file, flags, io));
  command
    .command("check")
    .description("check a deploy file; no cluster is needed")
    .argument("<FILE>")
    .option("--json", "machine-readable")
    .action((file: string, flags: { readonly json?: boolean }) => check(file, flags, io));
  command
    .command("init")
    .description("write a deploy file for a live Deployment")
    .argument("<deployment/NAME>")
    .option("-n, --namespace <name>", "default: the context's")
    .option("--context <name>", "of the kubeconfig")
    .option("-o, --output <file>", "instead of stdout; an existing file is not replaced")
    .action((target: string, flags: InitFlags) => init(target, flags, io));
}

async function run(path: string, flags: DeployFlags, io: Io): Promise<void> {
  const file = await loadDeployFile(filePath(io, path), path);
  const isSilent = flags.yes === true || flags.plan === true;
  // Before anything is asked of a server: a pipeline that forgot --yes learns it at once.
  if (!isSilent && io.ask === undefined) {
    throw new UsageError("nobody can be asked here whether to go on", {
      hint: "Say --yes to change the cluster without asking, or --plan to see what would change.",
    });
  }
  if (flags.id !== undefined && !/^[\w.-]{1,63}$/.test(flags.id)) {
    throw new UsageError("--id takes up to 63 letters, digits, dots, dashes and underscores");
  }
  const view = viewFor(flags, io);
  try {
    const result = await deploy(file, {
      id: flags.id,
      context: flags.context,
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

/**
 * Aborted by Ctrl-C and SIGTERM, not when the reader of stdout has gone (`| head -1`): a rollout that has begun is still watched over,
 * and rolled back if need be.
 */
export function interruption({ signal }: Pick<Io, "signal">): AbortSignal {
  const controller = new AbortController();
  const forward = (): void => {
    const reason: unknown = signal.reason;
    const isOutput = reason instanceof Ended && (reason.kind === "outputClosed" || reason.kind === "outputFailed");
    if (!isOutput) controller.abort(reason);
  };
  if (signal.aborted) forward();
  else signal.addEventListener("abort", forward, { once: true });
  return controller.signal;
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

async function check(path: string, { json }: { readonly json?: boolean }, io: Io): Promise<void> {
  const file = await loadDeployFile(filePath(io, path), path);
  const { namespace, deployment } = file.target;
  if (json === true) return io.stdout.print(JSON.stringify(file));
  const checks = file.before.length + (file.after?.checks.length ?? 0);
  io.stdout.print(
    `${path} is valid: deployment ${namespace}/${deployment}, ${checks} ${checks === 1 ? "check" : "checks"}, ${file.notify.length} to notify`,
  );
}

async function init(target: string, flags: InitFlags, io: Io): Promise<void> {
  const [, name] = /^(?:deployments?|deploy)(?:\.apps)?\/([^/]+)$/.exec(target) ?? [];
  if (name === undefined)
    throw new UsageError(`${target} is no Deployment`, { hint: `Write deployment/${target.slice(target.lastIndexOf("/") + 1)}.` });
  const cluster = Cluster.fromConfig({ env: io.env, context: flags.context });
  try {
    const deployment = await cluster.get("deployments", name, { namespace: flags.namespace, signal: io.signal });
    const text = initDeployFile({ deployment, cluster: { context: cluster.contextName } });
    if (flags.output === undefined) return io.stdout.print(text);
    await writeNewFile(filePath(io, flags.output), text);
    io.stderr.print(`wrote ${flags.output}; see what it would do: errand deploy ${flags.output} --plan`);
  } finally {
    await cluster.close();
  }
}

async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new UsageError(`${path} exists already`, { hint: "Give another name, or remove it first.", cause: error });
  }
}
