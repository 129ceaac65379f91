import { writeFile } from "node:fs/promises";
import { initDeployFile } from "../../../deploy/index.ts";
import { Cluster } from "../../../services/kubernetes/index.ts";
import { filePath, type Io } from "../../io.ts";
import { UsageError } from "../../usage-error.ts";

export interface InitFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly output?: string;
}

/** `errand deploy init deployment/NAME`: a file for the live object, never over one that exists. */
export async function initFile(target: string, flags: InitFlags, io: Io): Promise<void> {
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
