import type { PodProblem } from "../../services/kubernetes/index.ts";
import { redactText } from "../../secrets/index.ts";
import type { DeployCluster } from "../cluster/deploy-cluster.ts";
import type { BadPod } from "./rollout-report.ts";

const maxLogLines = 20;
const maxLogLength = 4000;

export interface BadPodOptions {
  readonly cluster: DeployCluster;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** The pod's own reason, and the last lines of its log where it has run at all. */
export async function describeBadPod(problem: PodProblem, options: BadPodOptions): Promise<BadPod> {
  const { pod, container, reason, message } = problem;
  const log = problem.kind === "crash" ? await lastLines(problem, options) : undefined;
  return { pod, container, reason, message, log };
}

async function lastLines(
  { pod, container, restarts }: PodProblem,
  { cluster, namespace, signal }: BadPodOptions,
): Promise<string | undefined> {
  // After a restart the present run has often nothing to say yet; the one that crashed has.
  for (const isPrevious of restarts > 0 ? [true, false] : [false]) {
    try {
      const text = tail(await cluster.log({ namespace, pod, container, isPrevious }, signal));
      if (text !== "") return text;
    } catch {
      // No permission, no such run, an old server: evidence is welcome, the verdict does not need it.
      signal.throwIfAborted();
    }
  }
  return undefined;
}

function tail(log: string): string {
  const lines = log.trimEnd().split("\n").slice(-maxLogLines).join("\n");
  return redactText(lines.length > maxLogLength ? lines.slice(-maxLogLength) : lines);
}
