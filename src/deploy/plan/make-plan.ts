import { newReplicaSet, type Container, type Deployment, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { ChangeSpec, DeployFile } from "../file/deploy-file.ts";
import { changeAnnotation, runAnnotation } from "./annotations.ts";
import type { DeployPlan, PlannedChange } from "./deploy-plan.ts";
import { digestOf } from "./digest.ts";
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
  const isAttached = carriesRun(deployment, { runId, changeDigest });
  const restartedAt = file.change.restart && !isAttached ? new Date(nowMs).toISOString() : undefined;
  const restart: readonly PlannedChange[] = restartedAt === undefined ? [] : [{ kind: "restart", at: restartedAt }];
  const changes = [...plannedChanges(deployment, file.change), ...restart];
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
  };
}

/** The value of `errand/change`: the same for every run of the same file content. */
export function changeDigestOf(target: DeployFile["target"], change: ChangeSpec): string {
  return digestOf({ target, change }).slice(0, 32);
}

function carriesRun({ metadata }: Deployment, { runId, changeDigest }: { readonly runId: string; readonly changeDigest: string }): boolean {
  return metadata.annotations?.[runAnnotation] === runId && metadata.annotations[changeAnnotation] === changeDigest;
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
