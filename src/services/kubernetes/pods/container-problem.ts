import type { ContainerState, ContainerStatus, Pod } from "../types.ts";
import { condition } from "./pod-status.ts";

/**
 * What kind of trouble it is, which decides how long to wait before giving up.
 *
 * - `config`: the kubelet cannot even build the container; nothing but a change mends it
 * - `image`: the image cannot be pulled; a registry's hiccup looks the same
 * - `crash`: the container ends again and again
 * - `unschedulable`: no node takes the pod
 * - `evicted`: the pod has failed as a whole; its owner makes another
 */
export type ProblemKind = "config" | "image" | "crash" | "unschedulable" | "evicted";

/** Why a pod does not run. */
export interface PodProblem {
  readonly pod: string;
  readonly podUid: string;
  readonly kind: ProblemKind;
  /** Kubernetes' own word: `ImagePullBackOff`, `CrashLoopBackOff`, `OOMKilled`, `Unschedulable`, ... */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  readonly container?: string;
  readonly restarts: number;
}

const KINDS: Readonly<Record<string, ProblemKind>> = {
  CreateContainerConfigError: "config",
  CreateContainerError: "config",
  InvalidImageName: "config",
  ErrImageNeverPull: "config",
  ErrImagePull: "image",
  ImagePullBackOff: "image",
  ImageInspectError: "image",
  RegistryUnavailable: "image",
  SignatureValidationFailed: "image",
  CrashLoopBackOff: "crash",
  RunContainerError: "crash",
  PostStartHookError: "crash",
};

/** Messages of the kubelet quote the registry's or the runtime's answer, which can be long. */
const LONGEST_DETAIL = 200;

/** Every reason why a pod does not run, in the order init containers, containers, the pod itself. Empty for a pod without trouble. */
export function podProblems(pod: Pod): readonly PodProblem[] {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const problems = containers.map((container) => containerProblem(pod, container)).filter((problem) => problem !== undefined);
  const own = podProblem(pod);
  return own === undefined ? problems : [...problems, own];
}

function containerProblem(pod: Pod, container: ContainerStatus): PodProblem | undefined {
  const restarts = container.restartCount ?? 0;
  const base = { pod: pod.metadata.name, podUid: pod.metadata.uid, container: container.name, restarts };
  const waiting = container.state?.waiting;
  const kind = waiting?.reason !== undefined && Object.hasOwn(KINDS, waiting.reason) ? KINDS[waiting.reason] : undefined;
  const where = `pod ${pod.metadata.name}: container ${container.name}`;
  if (waiting?.reason === undefined || kind === undefined) {
    const ended = failedEnd(container.state);
    if (ended === undefined) return undefined;
    return { ...base, kind: "crash", reason: ended.reason, message: `${where} ended with ${ended.text}` };
  }
  if (kind !== "crash")
    return { ...base, kind, reason: waiting.reason, message: `${where} is in ${waiting.reason}${detail(waiting.message)}` };
  const last = failedEnd(container.lastState);
  const why = last === undefined ? detail(waiting.message) : `: it ended with ${last.text}`;
  // OOMKilled says more than CrashLoopBackOff.
  const reason = last?.reason === "OOMKilled" ? "OOMKilled" : waiting.reason;
  return { ...base, kind, reason, message: `${where} is in ${waiting.reason} after ${times(restarts)}${why}` };
}

function failedEnd(state: ContainerState | undefined): { readonly reason: string; readonly text: string } | undefined {
  const ended = state?.terminated;
  if (ended === undefined || ended.exitCode === 0) return undefined;
  const reason = ended.reason || "Error";
  const because = reason === "OOMKilled" ? " (OOMKilled: it used more memory than its limit)" : reason === "Error" ? "" : ` (${reason})`;
  return { reason, text: `exit code ${ended.exitCode}${because}${detail(ended.message)}` };
}

function podProblem(pod: Pod): PodProblem | undefined {
  const base = { pod: pod.metadata.name, podUid: pod.metadata.uid, restarts: 0 };
  const scheduled = condition(pod.status?.conditions, "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    const message = `pod ${base.pod}: no node takes it (Unschedulable)${detail(scheduled.message)}`;
    return { ...base, kind: "unschedulable", reason: "Unschedulable", message };
  }
  if (pod.status?.phase !== "Failed") return undefined;
  const reason = pod.status.reason || "Failed";
  return { ...base, kind: "evicted", reason, message: `pod ${base.pod} has failed (${reason})${detail(pod.status.message)}` };
}

function detail(text: string | undefined): string {
  const line = (text ?? "").replace(/\s+/g, " ").trim();
  if (line === "") return "";
  return `: ${line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}...` : line}`;
}

function times(restarts: number): string {
  return restarts === 1 ? "1 restart" : `${restarts} restarts`;
}
