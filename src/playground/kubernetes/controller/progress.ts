import type { Agenda } from "../clock.ts";
import { timestamp } from "../object.ts";
import type { Condition, DeploymentObject, DeploymentStatus, ReplicaSetObject } from "../shapes.ts";
import { conditionOf, type ConditionText, hasDeadline, isComplete, isProgressing, setCondition } from "./deployment-status.ts";
import type { Family } from "./replica-set-family.ts";

/** Judges rollouts by their progress deadline. Conditions have whole seconds; this remembers milliseconds. */
export class ProgressWatch {
  readonly #agenda: Agenda;
  readonly #progressedAtMs = new Map<string, number>();

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** The deadline starts anew. */
  note({ metadata }: DeploymentObject): void {
    this.#progressedAtMs.set(metadata.uid, this.#agenda.now());
  }

  /**
   * The status with its Progressing condition. Returning to an existing ReplicaSet without measurable progress leaves
   * an old ProgressDeadlineExceeded in place, though observedGeneration is new: as on a real cluster.
   */
  judge(deployment: DeploymentObject, { all, current }: Family, status: DeploymentStatus): DeploymentStatus {
    const others = (status.conditions ?? []).filter((condition) => condition.type !== "Progressing");
    const condition = conditionOf(deployment.status, "Progressing");
    if (!hasDeadline(deployment)) return this.#withFailures({ ...status, conditions: others }, { all, current });
    const isDone = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && condition?.reason === "NewReplicaSetAvailable";
    if (isDone) return this.#withFailures(status, { all, current });
    return this.#withFailures({ ...status, conditions: this.#progressing(deployment, status, current) }, { all, current });
  }

  /** How long until a deadline could pass, in simulated milliseconds. */
  remainingMs(deployment: DeploymentObject, status: DeploymentStatus): number | undefined {
    const condition = conditionOf(deployment.status, "Progressing");
    if (!hasDeadline(deployment) || condition === undefined || isComplete(deployment, status)) return undefined;
    if (condition.reason === "ProgressDeadlineExceeded") return undefined;
    const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
    const elapsedMs = (this.#agenda.now() - this.#since(deployment, condition)) / this.#agenda.scale(1);
    return Math.max(0, deadlineMs - elapsedMs) + 1;
  }

  #progressing(deployment: DeploymentObject, status: DeploymentStatus, current: ReplicaSetObject | undefined): Condition[] {
    const conditions = status.conditions ?? [];
    const before = conditionOf(deployment.status, "Progressing");
    const now = this.#agenda.now();
    const subject = current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`;
    const text = (status: "True" | "False", reason: string, message: string): ConditionText => ({
      type: "Progressing",
      status,
      reason,
      message: `${subject} ${message}`,
    });
    if (isComplete(deployment, status)) {
      this.note(deployment);
      return setCondition(conditions, text("True", "NewReplicaSetAvailable", "has successfully progressed."), now);
    }
    if (isProgressing(deployment.status, status)) {
      this.note(deployment);
      const lastTransitionTime = before?.status === "True" ? before.lastTransitionTime : timestamp(now);
      const { type, status: value, reason, message } = text("True", "ReplicaSetUpdated", "is progressing.");
      const next: Condition = { type, status: value, lastUpdateTime: timestamp(now), lastTransitionTime, reason, message };
      return [...conditions.filter((condition) => condition.type !== "Progressing"), next];
    }
    if (before !== undefined && this.#isTimedOut(deployment, before)) {
      return setCondition(conditions, text("False", "ProgressDeadlineExceeded", "has timed out progressing."), now);
    }
    return conditions;
  }

  #isTimedOut(deployment: DeploymentObject, condition: Condition): boolean {
    if (condition.reason === "NewReplicaSetAvailable") return false;
    if (condition.reason === "ProgressDeadlineExceeded") return true;
    const deadlineMs = this.#agenda.scale((deployment.spec.progressDeadlineSeconds ?? 0) * 1000);
    return this.#agenda.now() - this.#since(deployment, condition) > deadlineMs;
  }

  #since(deployment: DeploymentObject, condition: Condition): number {
    return this.#progressedAtMs.get(deployment.metadata.uid) ?? Date.parse(condition.lastUpdateTime ?? condition.lastTransitionTime);
  }

  #withFailures(status: DeploymentStatus, { all, current }: Pick<Family, "all" | "current">): DeploymentStatus {
    const failureOf = (set: ReplicaSetObject | undefined): Condition | undefined =>
      set === undefined ? undefined : conditionOf(set.status, "ReplicaFailure");
    const failure = failureOf(current) ?? all.map((set) => failureOf(set)).find((condition) => condition !== undefined);
    const others = (status.conditions ?? []).filter((condition) => condition.type !== "ReplicaFailure");
    if (failure === undefined) return { ...status, conditions: others };
    const { type, status: value, reason, message } = failure;
    return { ...status, conditions: setCondition(status.conditions ?? [], { type, status: value, reason, message }, this.#agenda.now()) };
  }
}
