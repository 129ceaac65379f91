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

/** What will be done, and to which state of the Deployment. Plain JSON. */
export interface DeployPlan {
  readonly runId: string;
  readonly target: DeployTarget;
  /** The live Deployment this plan was made on; the patch stops when either has changed. */
  readonly uid: string;
  readonly generation: number;
  /** Empty: there is nothing to do. */
  readonly changes: readonly PlannedChange[];
  readonly replicasBefore: number;
  /** Of the wanted change; the value of the annotation `errand/change`. */
  readonly changeDigest: string;
  /** Decided once, so that a repeated patch starts no second rollout. */
  readonly restartedAt: string | undefined;
  /** Undefined when there is none, or none worth returning to. */
  readonly previous: PreviousRevision | undefined;
  /** The live Deployment carries this run's change already: another process of the same run id patched it. */
  readonly isAttached: boolean;
}

/** Whether pods are replaced, and not only their number changed. */
export function changesTemplate(plan: Pick<DeployPlan, "changes">): boolean {
  return plan.changes.some(({ kind }) => kind !== "replicas");
}

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
