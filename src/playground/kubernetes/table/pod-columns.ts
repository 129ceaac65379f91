import type { KubeObject } from "../object.ts";
import { type ContainerStatus, isPod, type PodObject } from "../shapes.ts";
import { ageColumn, type Column, humanAge } from "./column.ts";

/** The columns of `kubectl get pods`. */
export const podColumns: readonly Column[] = [
  column("Ready", "Ready containers of those there are.", (pod) => {
    const ready = (pod.status.containerStatuses ?? []).filter((one) => one.ready && one.state.running !== undefined).length;
    return `${ready}/${pod.spec.containers.length}`;
  }),
  column("Status", "What the containers do.", (pod) => podReason(pod)),
  {
    name: "Restarts",
    type: "string",
    description: "How often containers were restarted, and when last.",
    cell: (object, nowMs) => (isPod(object) ? restarts(object, nowMs) : ""),
  },
  ageColumn,
  { ...column("IP", "Address of the pod.", (pod) => pod.status.podIP ?? "<none>"), isWide: true },
  { ...column("Node", "Where it runs.", (pod) => pod.spec.nodeName ?? "<none>"), isWide: true },
  { ...column("Nominated Node", "Where it may preempt others.", () => "<none>"), isWide: true },
  { ...column("Readiness Gates", "Gates that are open, of those there are.", (pod) => readinessGates(pod)), isWide: true },
];

function column(name: string, description: string, cell: (pod: PodObject) => string): Column {
  return { name, type: "string", description, cell: (object: KubeObject) => (isPod(object) ? cell(object) : "") };
}

/** `3 (10s ago)`; without a record of the last end, the number alone. */
function restarts({ status }: PodObject, nowMs: number): string {
  const containers = status.containerStatuses ?? [];
  const count = containers.reduce((sum, one) => sum + one.restartCount, 0);
  const ends = containers.flatMap((one) => one.lastState.terminated?.finishedAt ?? []).sort();
  const last = ends.at(-1);
  return count === 0 || last === undefined ? String(count) : `${count} (${humanAge(last, nowMs)} ago)`;
}

function readinessGates({ spec, status }: PodObject): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter((gate) => status.conditions?.some((one) => one.type === gate.conditionType && one.status === "True"));
  return `${open.length}/${gates.length}`;
}

/** The STATUS column: the phase, unless a container has more to say. */
export function podReason(pod: PodObject): string {
  const { status, metadata } = pod;
  const isRunningReady = status.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true;
  let reason: string = status.reason ?? status.phase ?? "Unknown";
  const gated = initReason(pod);
  if (gated !== undefined) reason = gated;
  else {
    let hasRunning = false;
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      reason = containerReason(container) ?? reason;
      hasRunning ||= container.ready && container.state.running !== undefined;
    }
    if (reason === "Completed" && hasRunning) reason = isRunningReady ? "Running" : "NotReady";
  }
  return metadata.deletionTimestamp === undefined ? reason : "Terminating";
}

function containerReason({ state }: ContainerStatus): string | undefined {
  if (state.waiting !== undefined && state.waiting.reason !== "") return state.waiting.reason;
  return state.terminated?.reason;
}

function initReason({ spec, status }: PodObject): string | undefined {
  const all = status.initContainerStatuses ?? [];
  for (const [index, container] of all.entries()) {
    const isSidecar = spec.initContainers?.find((one) => one.name === container.name)?.restartPolicy === "Always";
    if (container.state.terminated?.exitCode === 0 || (isSidecar && container.started)) continue;
    if (container.state.terminated !== undefined) return `Init:${container.state.terminated.reason}`;
    const waiting = container.state.waiting?.reason ?? "";
    return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${all.length}`;
  }
  return undefined;
}
