import { at, isObject, type JsonObject } from "../json.ts";
import { type KubeObject, revise, timestamp } from "../object.ts";
import type { Registry, Target } from "../registry.ts";
import { deployments, horizontalPodAutoscalers } from "../resource-type.ts";
import { isDeployment } from "../shapes.ts";
import type { Change } from "../store.ts";
import { recordEvent } from "./event-recorder.ts";
import { CONTROLLER } from "./replica-set-family.ts";
import { WorkQueue } from "./work-queue.ts";

/**
 * Keeps Deployments within minReplicas and maxReplicas. There are no metrics here: beyond the limits an autoscaler only
 * changes replicas when it is told what it would compute (`want`), and then it insists, as a real one does.
 */
export class AutoscalerController {
  readonly #registry: Registry;
  readonly #queue: WorkQueue;
  readonly #periodMs: number;
  readonly #wanted = new Map<string, number>();

  constructor(registry: Registry, periodMs: number) {
    this.#registry = registry;
    this.#periodMs = periodMs;
    this.#queue = new WorkQueue(registry.agenda, (key) => this.#sync(key));
  }

  /** From its next turn on the autoscaler wants so many replicas, whatever others set. */
  want(namespace: string, name: string, replicas: number): void {
    this.#wanted.set(`${namespace}/${name}`, replicas);
    this.#queue.add(`${namespace}/${name}`, this.#periodMs, true);
  }

  /** A new autoscaler begins its turns. */
  observe({ resource, object, type }: Change): void {
    if (resource !== horizontalPodAutoscalers || type === "DELETED") return;
    this.#queue.add(`${object.metadata.namespace ?? ""}/${object.metadata.name}`, this.#periodMs, true);
  }

  #sync(key: string): void {
    const [namespace = "", name = ""] = key.split("/");
    const autoscaler = this.#registry.store.get(horizontalPodAutoscalers, name, namespace);
    if (autoscaler === undefined) return;
    this.#queue.add(key, this.#periodMs, true);
    const target = targetOf(autoscaler);
    const workload = target === undefined ? undefined : this.#registry.store.get(target.type, target.name, target.namespace);
    if (target === undefined || !isDeployment(workload)) return;
    const { replicas } = workload.spec;
    // An autoscaler leaves a workload alone that somebody has switched off.
    if (replicas === 0) return;
    const desired = clamp(this.#wanted.get(key) ?? replicas, autoscaler);
    if (desired !== replicas) this.#rescale(autoscaler, target, desired);
    this.#writeStatus(autoscaler, { currentReplicas: replicas, desiredReplicas: desired });
  }

  #rescale(autoscaler: KubeObject, target: Target, replicas: number): void {
    this.#registry.update(target, { manager: CONTROLLER, subresource: "scale" }, (current) =>
      revise(current, (draft) => {
        if (isObject(draft["spec"])) draft["spec"]["replicas"] = replicas;
      }),
    );
    const message = `New size: ${replicas}; reason: All metrics below target`;
    recordEvent(this.#registry, autoscaler, {
      type: "Normal",
      reason: "SuccessfulRescale",
      message,
      component: "horizontal-pod-autoscaler",
    });
  }

  #writeStatus(autoscaler: KubeObject, counts: { currentReplicas: number; desiredReplicas: number }): void {
    const { namespace = "", name } = autoscaler.metadata;
    const isRescaled = counts.currentReplicas !== counts.desiredReplicas;
    const before = at(autoscaler, "status", "lastScaleTime");
    const lastScaleTime = isRescaled ? timestamp(this.#registry.agenda.now()) : before;
    const status: JsonObject = { ...counts, currentMetrics: null, ...(lastScaleTime === undefined ? {} : { lastScaleTime }) };
    const target = { type: horizontalPodAutoscalers, namespace, name };
    this.#registry.update(target, { manager: CONTROLLER, subresource: "status" }, (current) => ({ ...current, status }));
  }
}

function targetOf(autoscaler: KubeObject): Target | undefined {
  const reference = at(autoscaler, "spec", "scaleTargetRef");
  const name = at(reference, "name");
  if (at(reference, "kind") !== "Deployment" || typeof name !== "string") return undefined;
  return { type: deployments, namespace: autoscaler.metadata.namespace ?? "", name };
}

function clamp(replicas: number, autoscaler: KubeObject): number {
  const min = at(autoscaler, "spec", "minReplicas");
  const max = at(autoscaler, "spec", "maxReplicas");
  return Math.min(typeof max === "number" ? max : replicas, Math.max(typeof min === "number" ? min : 1, replicas));
}
