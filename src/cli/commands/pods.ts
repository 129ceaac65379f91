import { existsSync } from "node:fs";
import type { Command } from "commander";
import { Cluster, summarisePod, type PodSummary } from "../../services/kubernetes/index.ts";
import { filePath, type Io } from "../io.ts";
import { renderRetry } from "../output/attempt.ts";
import { renderPodLine, renderPods, renderPodTitles } from "../output/pods.ts";

interface PodsFlags {
  readonly namespace?: string;
  readonly selector?: string;
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly json?: boolean;
}

/** `errand pods`: the pods of a namespace in kubectl's words, once or as they change. */
export function register(command: Command, io: Io): void {
  command
    .option("-n, --namespace <name>", "default: the context's")
    .option("-A, --all-namespaces", "of every namespace")
    .option("-l, --selector <labels>", "such as app=web,tier!=cache")
    .option("-w, --watch", "go on showing changes, until Ctrl-C")
    .option("--context <name>", "of the kubeconfig")
    .option("--kubeconfig <file>", "instead of $KUBECONFIG or ~/.kube/config")
    .option("--json", "machine-readable; with --watch one event a line")
    .addHelpText(
      "after",
      "\nThe cluster: --context or --kubeconfig, else $K8S_API_URL with $K8S_TOKEN, else the kubeconfig, else the cluster this runs in.",
    )
    .action(async (flags: PodsFlags) => {
      const cluster = await findCluster(flags, io);
      try {
        await (flags.watch === true ? watchPods(cluster, flags, io) : listPods(cluster, flags, io));
      } finally {
        await cluster.close();
      }
    });
}

/** What is said on this command line counts most, what surrounds the process least. */
async function findCluster({ context, kubeconfig }: PodsFlags, io: Io): Promise<Cluster> {
  const options = {
    env: io.env,
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: filePath(io, kubeconfig) }),
  };
  if (context !== undefined || kubeconfig !== undefined) return Cluster.fromConfig(options);
  if ((io.env["K8S_API_URL"] ?? "") !== "") return Cluster.fromEnv({ env: io.env });
  const hasKubeconfig = (io.env["KUBECONFIG"] ?? "") !== "" || existsSync(filePath(io, "~/.kube/config"));
  // Neither is there: the kubeconfig's own error says what was looked for.
  return hasKubeconfig || (io.env["KUBERNETES_SERVICE_HOST"] ?? "") === ""
    ? Cluster.fromConfig(options)
    : Cluster.inCluster({ env: io.env });
}

interface Selection {
  readonly namespace?: string;
  readonly allNamespaces: boolean;
  readonly labelSelector?: string;
}

function selectionOf({ namespace, allNamespaces = false, selector }: PodsFlags): Selection {
  return {
    allNamespaces,
    ...(namespace === undefined ? {} : { namespace }),
    ...(selector === undefined ? {} : { labelSelector: selector }),
  };
}

async function listPods(cluster: Cluster, flags: PodsFlags, io: Io): Promise<void> {
  const selection = selectionOf(flags);
  const pods = await cluster.pods({
    ...selection,
    signal: io.signal,
    onAttempt: (attempt) => attempt.waitMs !== undefined && io.stderr.print(renderRetry(attempt, undefined)),
  });
  if (flags.json === true) return io.stdout.print(JSON.stringify(pods, undefined, 2));
  if (pods.length === 0) return io.stderr.print("no pods found");
  io.stdout.print(renderPods(pods, selection));
}

async function watchPods(cluster: Cluster, flags: PodsFlags, io: Io): Promise<void> {
  const selection = selectionOf(flags);
  const events = cluster.watch("pods", {
    ...selection,
    signal: io.signal,
    onInterruption: ({ reason, waitMs }) =>
      waitMs > 0 && io.stderr.print(`the watch was interrupted (${reason}); going on in ${Math.ceil(waitMs / 1000)} s`),
  });
  if (flags.json !== true) io.stdout.print(renderPodTitles(selection));
  for await (const { type, object } of events) {
    const pod: PodSummary = summarisePod(object, io.now());
    const shown = type === "DELETED" ? { ...pod, status: "Deleted", ready: false } : pod;
    await io.stdout.write(flags.json === true ? `${JSON.stringify({ type, pod: shown })}\n` : `${renderPodLine(shown, selection)}\n`);
  }
}
