import { newReplicaSet, type Container, type Deployment, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { ChangeSpec, DeployFile } from "../file/deploy-file.ts";
import { changeAnnotation, revisionAnnotation, runAnnotation } from "./annotations.ts";
import type { DeployPlan, PlannedChange, PreviousRevision } from "./deploy-plan.ts";
import { digestOf, templateDigest } from "./digest.ts";

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
  const restartedAt = file.change.restart ? new Date(nowMs).toISOString() : undefined;
  const differences = plannedChanges(deployment, file.change);
  const restart: readonly PlannedChange[] = restartedAt === undefined || isAttached ? [] : [{ kind: "restart", at: restartedAt }];
  return {
    runId,
    target: file.target,
    uid: deployment.metadata.uid,
    generation: deployment.metadata.generation ?? 0,
    changes: [...differences, ...restart],
    replicasBefore: deployment.spec.replicas ?? 1,
    changeDigest,
    restartedAt: isAttached ? undefined : restartedAt,
    previous: isAttached ? revisionBefore(deployment, snapshot) : currentRevision(deployment, snapshot),
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

/** The revision that runs now. */
function currentRevision(deployment: Deployment, snapshot: RolloutSnapshot): PreviousRevision | undefined {
  const current = newReplicaSet(deployment, snapshot.replicaSets);
  return current === undefined ? undefined : asPrevious(current);
}

/** When our own change is there already: the newest revision but the present one. */
function revisionBefore(deployment: Deployment, snapshot: RolloutSnapshot): PreviousRevision | undefined {
  const current = newReplicaSet(deployment, snapshot.replicaSets);
  const others = snapshot.replicaSets.filter(({ metadata }) => metadata.uid !== current?.metadata.uid);
  const [newest] = [...others].sort((a, b) => revisionNumber(b) - revisionNumber(a));
  return newest === undefined ? undefined : asPrevious(newest);
}

function asPrevious({ metadata, spec }: RolloutSnapshot["replicaSets"][number]): PreviousRevision {
  const revision = metadata.annotations?.[revisionAnnotation] ?? "?";
  return { replicaSet: metadata.name, uid: metadata.uid, digest: templateDigest(spec.template), revision };
}

function revisionNumber({ metadata }: RolloutSnapshot["replicaSets"][number]): number {
  return Number(metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}
