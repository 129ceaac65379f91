import type { DeployTarget } from "../file/deploy-file.ts";

/** One thing that the patch changes. */
export type PlannedChange =
  | { readonly kind: "image"; readonly container: string; readonly isInit: boolean; readonly from: string; readonly to: string }
  | { readonly kind: "replicas"; readonly from: number; readonly to: number }
  | { readonly kind: "restart"; readonly at: string };

/** The revision a rollback returns to: by name, uid and digest, not by value, for templates may hold secrets. */
export interface PreviousRevision {
  readonly replicaSet: string;
  readonly uid: string;
  /** Of its template, see {@link templateDigest}. */
  readonly digest: string;
  /** As `kubectl rollout history` numbers it; it moves when the ReplicaSet is used again. */
  readonly revision: string;
}

/** What a rollback puts back. */
export interface UndoPlan {
  /** Whether the change replaces pods, and not only their number. */
  readonly touchesTemplate: boolean;
  /** Undefined when there is none to return to. */
  readonly revision: PreviousRevision | undefined;
  /** Undefined when the change leaves them. */
  readonly replicas: { readonly from: number; readonly to: number } | undefined;
}

/** What will be done, and to which state of the Deployment. Plain JSON. */
export interface DeployPlan {
  readonly runId: string;
  readonly target: DeployTarget;
  /** The live Deployment this plan was made on; the patch stops when either has changed. */
  readonly uid: string;
  readonly generation: number;
  /** Empty: there is nothing to do. */
  readonly changes: readonly PlannedChange[];
  /** Of the wanted change; the value of the annotation `errand/change`. */
  readonly changeDigest: string;
  /** Decided once, so that a repeated patch starts no second rollout. */
  readonly restartedAt: string | undefined;
  readonly undo: UndoPlan;
  /** The live Deployment carries this run's change, or its rollback: another process of the same run id wrote it. */
  readonly isAttached: boolean;
  /** What that process had come to when this plan was made; undefined unless attached. */
  readonly found: FoundRun | undefined;
}

/** How far another process of the same run had come, as the live Deployment tells: the journal is on another machine, or there is none. */
export type FoundRun = "rollingOut" | "rolledOut" | "rolledBack";

/** `web 1.8.1 -> 1.8.2`: one change for people. */
export function describeChange(change: PlannedChange): string {
  switch (change.kind) {
    case "image":
      return `image of ${change.isInit ? "init container " : ""}${change.container}: ${change.from} -> ${change.to}`;
    case "replicas":
      return `replicas: ${change.from} -> ${change.to}`;
    case "restart":
      return `restart: every pod is replaced (restartedAt ${change.at})`;
  }
}

/** `back to web-7c9 (revision 1), replicas: 5 -> 3`: the way back for people. */
export function describeUndo({ touchesTemplate, revision, replicas }: UndoPlan): string {
  const back = touchesTemplate
    ? [`back to ${revision === undefined ? "nothing" : `${revision.replicaSet} (revision ${revision.revision})`}`]
    : [];
  return [...back, ...(replicas === undefined ? [] : [`replicas: ${replicas.to} -> ${replicas.from}`])].join(", ");
}
