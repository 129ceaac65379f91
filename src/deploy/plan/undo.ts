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
  const note: UndoNote = {
    ...(touchesTemplate ? { replicaSet: revision?.replicaSet, uid: revision?.uid } : {}),
    revision: revision?.revision,
    replicas: replicas?.from,
    replicasTo: replicas?.to,
  };
  return JSON.stringify(note);
}

/** Reads the note of another process of the same run from the live object. */
export function rememberedUndo(deployment: Deployment, { replicaSets }: RolloutSnapshot): UndoPlan {
  const note = readNote(deployment);
  const former =
    note.replicaSet === undefined
      ? undefined
      : replicaSets.find(({ metadata }) => metadata.name === note.replicaSet && (note.uid ?? metadata.uid) === metadata.uid);
  return {
    touchesTemplate: note.replicaSet !== undefined,
    revision: former === undefined ? undefined : previousRevision(former),
    replicas: note.replicas === undefined ? undefined : { from: note.replicas, to: note.replicasTo ?? deployment.spec.replicas ?? 1 },
  };
}

function previousRevision({ metadata, spec }: ReplicaSet): PreviousRevision {
  const revision = metadata.annotations?.[revisionAnnotation] ?? "?";
  return { replicaSet: metadata.name, uid: metadata.uid, digest: templateDigest(spec.template), revision };
}

/** What `errand/previous` says. */
export interface UndoNote {
  /** Of the revision that ran before; undefined when the pods were left as they were. */
  readonly replicaSet?: string;
  readonly uid?: string;
  /** The number of the revision that ran before: the one that the change made, or brought back, has the next. */
  readonly revision?: string;
  readonly replicas?: number;
  readonly replicasTo?: number;
}

/** Anybody can write an annotation: what is not ours is as if it were not there. */
export function readNote({ metadata }: Deployment): UndoNote {
  let value: unknown;
  try {
    value = JSON.parse(metadata.annotations?.[previousAnnotation] ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (key: string): string | undefined => {
    const field = fields.get(key);
    return typeof field === "string" ? field : undefined;
  };
  const count = (key: string): number | undefined => {
    const field = fields.get(key);
    return typeof field === "number" ? field : undefined;
  };
  return {
    replicaSet: text("replicaSet"),
    uid: text("uid"),
    revision: text("revision"),
    replicas: count("replicas"),
    replicasTo: count("replicasTo"),
  };
}
