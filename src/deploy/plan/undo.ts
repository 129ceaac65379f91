import type { Deployment, ReplicaSet, RolloutSnapshot } from "../../services/kubernetes/index.ts";
import { previousAnnotation, revisionAnnotation } from "./annotations.ts";
import type { PlannedChange, PreviousRevision, UndoPlan } from "./deploy-plan.ts";
import { templateDigest } from "./digest.ts";

/** How these changes are undone: back to the revision that runs now. */
export function undoOf(changes: readonly PlannedChange[], current: ReplicaSet | undefined): UndoPlan {
  const replicas = changes.find((change) => change.kind === "replicas");
  return {
    touchesTemplate: changes.some(({ kind }) => kind !== "replicas"),
    revision: current === undefined ? undefined : previousRevision(current),
    replicas: replicas === undefined ? undefined : { from: replicas.from, to: replicas.to },
  };
}

/** The value of `errand/previous`: names and numbers, no template. */
export function undoNote({ touchesTemplate, revision, replicas }: UndoPlan): string {
  return JSON.stringify({ replicaSet: touchesTemplate ? revision?.replicaSet : undefined, replicas: replicas?.from });
}

/** Reads the note of another process of the same run from the live object. */
export function rememberedUndo(deployment: Deployment, { replicaSets }: RolloutSnapshot): UndoPlan {
  const note = parseNote(deployment.metadata.annotations?.[previousAnnotation]);
  const former = note.replicaSet === undefined ? undefined : replicaSets.find(({ metadata }) => metadata.name === note.replicaSet);
  return {
    touchesTemplate: note.replicaSet !== undefined,
    revision: former === undefined ? undefined : previousRevision(former),
    replicas: note.replicas === undefined ? undefined : { from: note.replicas, to: deployment.spec.replicas ?? 1 },
  };
}

function previousRevision({ metadata, spec }: ReplicaSet): PreviousRevision {
  const revision = metadata.annotations?.[revisionAnnotation] ?? "?";
  return { replicaSet: metadata.name, uid: metadata.uid, digest: templateDigest(spec.template), revision };
}

interface Note {
  readonly replicaSet?: string;
  readonly replicas?: number;
}

/** Anybody can write an annotation: what is not ours is as if it were not there. */
function parseNote(text: string | undefined): Note {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const replicaSet = "replicaSet" in value && typeof value.replicaSet === "string" ? value.replicaSet : undefined;
  const replicas = "replicas" in value && typeof value.replicas === "number" ? value.replicas : undefined;
  return { replicaSet, replicas };
}
