import type { Condition, ContainerStatus, Pod } from "../types.ts";

/** What `kubectl get pods` shows of a pod. */
export interface PodStatusSummary {
  /** The STATUS column: `Running`, `Pending`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, `Completed`, ... */
  readonly status: string;
  /** Containers that are ready, sidecars included: the left half of the READY column. */
  readonly readyContainers: number;
  /** The right half of the READY column. */
  readonly totalContainers: number;
  readonly restarts: number;
}

/** The condition of that type, if the object has it. */
export function condition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((candidate) => candidate.type === type);
}

/** True while the pod is being deleted. It keeps phase Running and Ready=True all the same. */
export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** True when the pod serves: its Ready condition holds and it is not being deleted. Never inferred from containers, which may be absent. */
export function isReady(pod: Pod): boolean {
  return !isTerminating(pod) && condition(pod.status?.conditions, "Ready")?.status === "True";
}

/** True when the pod has ended and will not run again. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/**
 * Sums a pod up as kubectl's printer does: init containers first, then containers, deletion above everything.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
export function podStatus(pod: Pod): PodStatusSummary {
  const sidecars = sidecarNames(pod);
  const totalContainers = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  const init = initProgress(pod, sidecars);
  const isInitialised = init.status === undefined || condition(pod.status?.conditions, "Initialized")?.status === "True";
  const main = isInitialised ? mainProgress(pod) : { readyContainers: 0, restarts: 0 };
  return {
    status: deletionStatus(pod) ?? main.status ?? init.status ?? phaseStatus(pod),
    readyContainers: init.readyContainers + main.readyContainers,
    totalContainers,
    // Once the pod is initialised, only sidecars among the init containers can still restart.
    restarts: isInitialised ? init.sidecarRestarts + main.restarts : init.restarts,
  };
}

function sidecarNames(pod: Pod): ReadonlySet<string> {
  const init = pod.spec?.initContainers ?? [];
  return new Set(init.filter((container) => container.restartPolicy === "Always").map((container) => container.name));
}

function deletionStatus(pod: Pod): string | undefined {
  if (!isTerminating(pod)) return undefined;
  // The node is gone: nobody can say whether the pod still runs.
  if (pod.status?.reason === "NodeLost") return "Unknown";
  return isFinished(pod) ? undefined : "Terminating";
}

function phaseStatus(pod: Pod): string {
  const isGated = condition(pod.status?.conditions, "PodScheduled")?.reason === "SchedulingGated";
  if (isGated) return "SchedulingGated";
  return pod.status?.reason || pod.status?.phase || "Unknown";
}

interface InitProgress {
  /** Present while an init container has not done its work. */
  readonly status: string | undefined;
  readonly readyContainers: number;
  readonly restarts: number;
  readonly sidecarRestarts: number;
}

function initProgress(pod: Pod, sidecars: ReadonlySet<string>): InitProgress {
  const statuses = pod.status?.initContainerStatuses ?? [];
  let readyContainers = 0;
  let restarts = 0;
  let sidecarRestarts = 0;
  for (const [index, container] of statuses.entries()) {
    const isSidecar = sidecars.has(container.name);
    restarts += container.restartCount ?? 0;
    if (isSidecar) sidecarRestarts += container.restartCount ?? 0;
    if (container.state?.terminated?.exitCode === 0) continue;
    if (isSidecar && container.started === true) {
      if (container.ready === true) readyContainers += 1;
      continue;
    }
    const total = pod.spec?.initContainers?.length ?? statuses.length;
    return { status: initStatus(container, `${index}/${total}`), readyContainers, restarts, sidecarRestarts };
  }
  return { status: undefined, readyContainers, restarts, sidecarRestarts };
}

function initStatus({ state }: ContainerStatus, position: string): string {
  if (state?.terminated !== undefined) return `Init:${endReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting === undefined || waiting === "" || waiting === "PodInitializing" ? `Init:${position}` : `Init:${waiting}`;
}

interface MainProgress {
  readonly status?: string;
  readonly readyContainers: number;
  readonly restarts: number;
}

function mainProgress(pod: Pod): MainProgress {
  const statuses = pod.status?.containerStatuses ?? [];
  const running = statuses.filter((container) => container.ready === true && container.state?.running !== undefined);
  const reasons = statuses.map(containerReason);
  // The first container that has something to say names the pod.
  const status = reasons.find((reason) => reason !== undefined);
  return {
    status: status === "Completed" && running.length > 0 ? runningStatus(pod) : status,
    readyContainers: running.length,
    restarts: statuses.reduce((sum, container) => sum + (container.restartCount ?? 0), 0),
  };
}

/** One container has ended well while another runs on. */
function runningStatus(pod: Pod): string {
  return condition(pod.status?.conditions, "Ready")?.status === "True" ? "Running" : "NotReady";
}

function containerReason({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  return state?.terminated === undefined ? undefined : endReason(state.terminated);
}

function endReason({
  reason,
  signal,
  exitCode,
}: {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}
