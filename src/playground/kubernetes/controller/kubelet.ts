import { deleteObject } from "../deletion.ts";
import { type KubeObject, revise, timestamp } from "../object.ts";
import type { Registry, Target } from "../registry.ts";
import { pods } from "../resource-type.ts";
import { type ContainerStatus, isPod, type PodObject, type PodStatus } from "../shapes.ts";
import type { Change } from "../store.ts";
import { ContainerRunner, type PodDesk } from "./container-runner.ts";
import { recordEvent } from "./event-recorder.ts";
import type { ImageBehaviours } from "./image-behaviour.ts";
import { PodLogs } from "./pod-logs.ts";
import { condition, derivePodStatus } from "./pod-status.ts";
import type { Timings } from "./timings.ts";

/** The only node there is. */
export const NODE_NAME = "node-1";
const NODE_IP = "10.0.0.1";
/** From binding to the kubelet's first report. */
const FIRST_REPORT_MS = 25;

interface Delay {
  readonly delayMs: number;
  readonly isBackground?: boolean | undefined;
}

interface Running {
  readonly cancels: Set<() => void>;
  isTerminating: boolean;
}

/** Scheduler and kubelet in one: takes each pod from creation to its end. */
export class Kubelet {
  readonly logs: PodLogs;
  readonly #registry: Registry;
  readonly #images: ImageBehaviours;
  readonly #timings: Timings;
  readonly #running = new Map<string, Running>();
  #addresses = 1;

  constructor(registry: Registry, images: ImageBehaviours, timings: Timings) {
    this.#registry = registry;
    this.#images = images;
    this.#timings = timings;
    this.logs = new PodLogs(registry.agenda);
  }

  /** Reacts to a write of a pod. */
  observe({ resource, object, type }: Change): void {
    if (resource !== pods || !isPod(object)) return;
    const { uid } = object.metadata;
    if (type === "DELETED") return this.#forget(uid);
    const running = this.#running.get(uid);
    if (running === undefined && type === "ADDED") this.#begin(object);
    else if (running?.isTerminating === false && object.metadata.deletionTimestamp !== undefined) this.#terminate(object, running);
  }

  #begin(pod: PodObject): void {
    const running: Running = { cancels: new Set(), isTerminating: false };
    this.#running.set(pod.metadata.uid, running);
    this.#after(running, { delayMs: this.#timings.scheduledMs }, () => this.#schedule(pod, running));
  }

  #schedule(pod: PodObject, running: Running): void {
    const isUnschedulable = pod.spec.containers.some((container) => this.#images.of(container.image).behaviour === "unschedulable");
    if (isUnschedulable) {
      this.#reportUnschedulable(pod);
      this.#after(running, { delayMs: this.#timings.backoffMs.at(-1) ?? 5000, isBackground: true }, () => this.#schedule(pod, running));
      return;
    }
    const now = this.#registry.agenda.now();
    const { namespace, name } = pod.metadata;
    this.#registry.update(targetOf(pod), { manager: "kube-scheduler", subresource: "binding" }, (current) =>
      isPod(current) ? revise(current, (draft) => (draft.spec.nodeName = NODE_NAME)) : current,
    );
    const scheduled = condition([], { type: "PodScheduled", isTrue: true }, now);
    this.#write(pod, (status) => ({ ...status, conditions: [scheduled] }));
    const message = `Successfully assigned ${namespace ?? ""}/${name} to ${NODE_NAME}`;
    recordEvent(this.#registry, pod, { type: "Normal", reason: "Scheduled", message, component: "default-scheduler" });
    this.#after(running, { delayMs: FIRST_REPORT_MS }, () => this.#firstReport(pod, running));
  }

  #reportUnschedulable(pod: PodObject): void {
    const message =
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
    const now = this.#registry.agenda.now();
    const text = { type: "PodScheduled", isTrue: false, reason: "Unschedulable", message };
    this.#write(pod, (status) => ({ ...status, conditions: [condition(status.conditions ?? [], text, now)] }));
    recordEvent(this.#registry, pod, { type: "Warning", reason: "FailedScheduling", message, component: "default-scheduler" });
  }

  #firstReport(pod: PodObject, running: Running): void {
    const hasInit = (pod.spec.initContainers ?? []).length > 0;
    const reason = hasInit ? "PodInitializing" : "ContainerCreating";
    const waiting = (container: { name: string; image: string }): ContainerStatus => ({
      name: container.name,
      state: { waiting: { reason } },
      lastState: {},
      ready: false,
      restartCount: 0,
      image: container.image,
      imageID: "",
      started: false,
    });
    this.#addresses += 1;
    const podIP = `10.244.${this.#addresses >> 8}.${this.#addresses & 255}`;
    this.#write(pod, (status) => ({
      ...status,
      hostIP: NODE_IP,
      hostIPs: [{ ip: NODE_IP }],
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: timestamp(this.#registry.agenda.now()),
      ...(hasInit ? { initContainerStatuses: (pod.spec.initContainers ?? []).map((one) => waiting(one)) } : {}),
      containerStatuses: pod.spec.containers.map((one) => waiting(one)),
    }));
    new ContainerRunner({ pod, desk: this.#desk(pod, running), images: this.#images, timings: this.#timings }).start(
      this.#timings.scheduledMs + FIRST_REPORT_MS,
    );
  }

  #desk(pod: PodObject, running: Running): PodDesk {
    return {
      now: () => this.#registry.agenda.now(),
      after: (delayMs, run, isBackground) => this.#after(running, { delayMs, isBackground }, run),
      change: (change) => this.#write(pod, (status) => derivePodStatus(pod, change(status), this.#registry.agenda.now())),
      record: (details) => recordEvent(this.#registry, pod, { ...details, component: "kubelet" }),
      logs: this.logs.of(pod.metadata.uid),
    };
  }

  #write(pod: PodObject, change: (status: PodStatus) => PodStatus): void {
    const isAlive = this.#registry.store.get(pods, pod.metadata.name, pod.metadata.namespace)?.metadata.uid === pod.metadata.uid;
    if (!isAlive) return;
    this.#registry.update(targetOf(pod), { manager: "kubelet", subresource: "status" }, (current: KubeObject) =>
      isPod(current) ? { ...current, status: change(current.status) } : current,
    );
  }

  #terminate(pod: PodObject, running: Running): void {
    running.isTerminating = true;
    for (const cancel of running.cancels) cancel();
    for (const { name } of pod.spec.containers) {
      const details = { type: "Normal", reason: "Killing", message: `Stopping container ${name}`, component: "kubelet" } as const;
      recordEvent(this.#registry, pod, { ...details, fieldPath: `spec.containers{${name}}` });
    }
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    this.#after(running, { delayMs: Math.min(this.#timings.terminationMs, graceMs) }, () => {
      if (this.#registry.store.get(pods, pod.metadata.name, pod.metadata.namespace)?.metadata.uid !== pod.metadata.uid) return;
      deleteObject(this.#registry, targetOf(pod), { gracePeriodSeconds: 0 });
    });
  }

  #forget(uid: string): void {
    const running = this.#running.get(uid);
    if (running === undefined) return;
    this.#running.delete(uid);
    this.logs.close(uid);
    for (const cancel of running.cancels) cancel();
  }

  #after(running: Running, { delayMs, isBackground = false }: Delay, run: () => void): void {
    const cancel = this.#registry.agenda.after(
      delayMs,
      () => {
        running.cancels.delete(cancel);
        run();
      },
      { isBackground },
    );
    running.cancels.add(cancel);
  }
}

function targetOf({ metadata }: PodObject): Target {
  return { type: pods, namespace: metadata.namespace ?? "", name: metadata.name };
}
