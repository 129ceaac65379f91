import { timestamp } from "../object.ts";
import type { ContainerStatus, PodCondition, PodObject, PodStatus } from "../shapes.ts";

/** The status with phase and conditions derived from its containers, as the kubelet reports it. */
export function derivePodStatus(pod: PodObject, status: PodStatus, nowMs: number): PodStatus {
  const init = status.initContainerStatuses ?? [];
  const main = status.containerStatuses ?? [];
  const uninitialized = (pod.spec.initContainers ?? []).filter((container) => {
    const found = init.find((one) => one.name === container.name);
    return container.restartPolicy === "Always" ? found?.started !== true : found?.state.terminated?.exitCode !== 0;
  });
  const unready = main.filter((container) => !container.ready).map((container) => container.name);
  const phase = phaseOf(pod, main);
  const areReady = unready.length === 0 && main.length > 0;
  const gates = (pod.spec.readinessGates ?? []).map((gate) => gate.conditionType);
  const missingGate = gates.find((gate) => status.conditions?.find((one) => one.type === gate)?.status !== "True");
  const texts: ConditionState[] = [
    { type: "PodReadyToStartContainers", isTrue: main.some((container) => container.state.running !== undefined) || init.length > 0 },
    uninitialized.length === 0
      ? { type: "Initialized", isTrue: true }
      : notYet("Initialized", "ContainersNotInitialized", `containers with incomplete status: [${names(uninitialized)}]`),
    readiness("Ready", areReady && missingGate === undefined, { phase, unready, missingGate: areReady ? missingGate : undefined }),
    readiness("ContainersReady", areReady, { phase, unready, missingGate: undefined }),
    { type: "PodScheduled", isTrue: true },
  ];
  const derived = texts.map((text) => condition(status.conditions ?? [], text, nowMs));
  const others = (status.conditions ?? []).filter((one) => !derived.some((two) => two.type === one.type));
  return { ...status, phase, conditions: [...derived, ...others] };
}

function names(containers: readonly { name: string }[]): string {
  return containers.map((container) => container.name).join(" ");
}

interface ConditionState {
  readonly type: string;
  readonly isTrue: boolean;
  readonly reason?: string;
  readonly message?: string;
}

function notYet(type: string, reason: string, message: string): ConditionState {
  return { type, isTrue: false, reason, message };
}

interface ReadinessEvidence {
  readonly phase: PodStatus["phase"];
  readonly unready: readonly string[];
  readonly missingGate: string | undefined;
}

function readiness(type: string, isTrue: boolean, { phase, unready, missingGate }: ReadinessEvidence): ConditionState {
  if (isTrue) return { type, isTrue };
  if (phase === "Succeeded") return { type, isTrue: false, reason: "PodCompleted" };
  if (phase === "Failed") return { type, isTrue: false, reason: "PodFailed" };
  if (missingGate !== undefined)
    return notYet(type, "ReadinessGatesNotReady", `the status of pod readiness gate "${missingGate}" is not "True", but False`);
  return notYet(type, "ContainersNotReady", `containers with unready status: [${unready.join(" ")}]`);
}

/** One pod condition; its transition time moves only with its status. */
export function condition(before: readonly PodCondition[], { type, isTrue, reason, message }: ConditionState, nowMs: number): PodCondition {
  const status = isTrue ? "True" : "False";
  const previous = before.find((one) => one.type === type);
  const lastTransitionTime = previous?.status === status ? previous.lastTransitionTime : timestamp(nowMs);
  return {
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

function phaseOf({ spec }: PodObject, containers: readonly ContainerStatus[]): PodStatus["phase"] {
  const isWaiting = (one: ContainerStatus): boolean => one.state.waiting !== undefined && one.lastState.terminated === undefined;
  if (containers.length === 0 || containers.some((one) => isWaiting(one))) return "Pending";
  const isOver = containers.every((one) => one.state.terminated !== undefined);
  if (!isOver || spec.restartPolicy === "Always") return "Running";
  const hasFailed = containers.some((one) => one.state.terminated?.exitCode !== 0);
  if (!hasFailed) return "Succeeded";
  return spec.restartPolicy === "Never" ? "Failed" : "Running";
}

export function isReady(pod: PodObject): boolean {
  return pod.status.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true;
}
