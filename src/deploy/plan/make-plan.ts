import { newReplicaSet, type Container, type Deployment, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { ChangeSpec, DeployFile } from "../file/deploy-file.ts";
import { changeAnnotation, rolledBackPrefix, runAnnotation } from "./annotations.ts";
import type { DeployPlan, FoundRun, PlannedChange } from "./deploy-plan.ts";
import { digestOf } from "./digest.ts";
import { rolloutCondition } from "./rollout-condition.ts";
import { rememberedUndo, undoOf } from "./undo.ts";

export interface PlanInput {
  readonly file: Pick<DeployFile, "target" | "change">;
  readonly snapshot: RolloutSnapshot;
  readonly deployment: Deployment;
  readonly runId: string;
  /** Milliseconds since the epoch; the time of the restart. */
  readonly nowMs: number;
}

/** What the file changes in the live Deployment. Pure: preflight says whether it may be done. */
export function makePlan({ file, snapshot, deployment, runId, nowMs }: PlanInput): DeployPlan {
  const changeDigest = changeDigestOf(file.target, file.change);
  const found = findRun(deployment, { runId, changeDigest });
  const isAttached = found !== undefined;
  const restartedAt = file.change.restart && !isAttached ? new Date(nowMs).toISOString() : undefined;
  const restart: readonly PlannedChange[] = restartedAt === undefined ? [] : [{ kind: "restart", at: restartedAt }];
  // What was rolled back is not changed a second time.
  const changes = found === "rolledBack" ? [] : [...plannedChanges(deployment, file.change), ...restart];
  return {
    runId,
    target: file.target,
    uid: deployment.metadata.uid,
    generation: deployment.metadata.generation ?? 0,
    changes,
    changeDigest,
    restartedAt,
    undo: isAttached ? rememberedUndo(deployment, snapshot) : undoOf(changes, newReplicaSet(deployment, snapshot.replicaSets)),
    isAttached,
    found,
  };
}

/** The value of `errand/change`: the same for every run of the same file content. */
export function changeDigestOf(target: DeployFile["target"], change: ChangeSpec): string {
  return digestOf({ target, change }).slice(0, 32);
}

function findRun(deployment: Deployment, own: { readonly runId: string; readonly changeDigest: string }): FoundRun | undefined {
  const { annotations } = deployment.metadata;
  if (annotations?.[runAnnotation] !== own.runId) return undefined;
  if (annotations[changeAnnotation] === `${rolledBackPrefix}${own.changeDigest}`) return "rolledBack";
  if (annotations[changeAnnotation] !== own.changeDigest) return undefined;
  return rolloutCondition(deployment).state === "settled" ? "rolledOut" : "rollingOut";
}

function plannedChanges(deployment: Deployment, change: ChangeSpec): readonly PlannedChange[] {
  const { template } = deployment.spec;
  const images = Object.entries(change.image).flatMap(([container, to]) => {
    const found = findContainer(template.spec?.containers, container) ?? findContainer(template.spec?.initContainers, container);
    if (found === undefined || found.image === to) return [];
    const isInit = findContainer(template.spec?.containers, container) === undefined;
    return [{ kind: "image", container, isInit, from: found.image ?? "", to } satisfies PlannedChange];
  });
  const from = deployment.spec.replicas ?? 1;
  const { replicas: to } = change;
  return to === undefined || to === from ? images : [...images, { kind: "replicas", from, to }];
}

function findContainer(containers: readonly Container[] | undefined, name: string): Container | undefined {
  return containers?.find((container) => container.name === name);
}
