import type { Deployment, ReplicaSet } from "../../services/kubernetes/index.ts";
import { changeAnnotation, rolledBackPrefix, runAnnotation } from "../plan/annotations.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { withoutHashLabel } from "../plan/digest.ts";

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: "test" | "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

export interface RollbackPatchInput {
  readonly plan: DeployPlan;
  readonly deployment: Deployment;
  readonly former: ReplicaSet | undefined;
}

/**
 * A JSON Patch, because it replaces the template whole: a merge could not take away keys that the change had added.
 *
 * Two `test`s let the server refuse it if the object has changed since it was read; the generation, since status updates, of which a
 * failing rollout has many, do not touch it.
 */
export function rollbackPatch({ plan, deployment, former }: RollbackPatchInput): readonly JsonPatchOperation[] {
  const { metadata } = deployment;
  const change = `${rolledBackPrefix}${plan.changeDigest}`;
  const replicas = replicasToRestore(plan, deployment);
  return [
    { op: "test", path: "/metadata/uid", value: metadata.uid },
    { op: "test", path: "/metadata/generation", value: metadata.generation ?? 0 },
    ...(former === undefined ? [] : [{ op: "replace", path: "/spec/template", value: withoutHashLabel(former.spec.template) } as const]),
    ...(replicas === undefined ? [] : [{ op: "replace", path: "/spec/replicas", value: replicas } as const]),
    metadata.annotations === undefined
      ? { op: "add", path: "/metadata/annotations", value: { [runAnnotation]: plan.runId, [changeAnnotation]: change } }
      : { op: "add", path: `/metadata/annotations/${escapePointer(changeAnnotation)}`, value: change },
    // A later run may have changed the replicas alone, and written its own.
    ...(metadata.annotations === undefined || metadata.annotations[runAnnotation] === plan.runId
      ? []
      : [{ op: "add", path: `/metadata/annotations/${escapePointer(runAnnotation)}`, value: plan.runId } as const]),
  ];
}

/** Only if this run set them, and they still have its value: an autoscaler or a person may have moved them since. */
export function replicasToRestore({ undo }: DeployPlan, { spec }: Deployment): number | undefined {
  const own = undo.replicas;
  return own !== undefined && (spec.replicas ?? 1) === own.to ? own.from : undefined;
}

/** Whether this run has rolled the live Deployment back already. */
export function isRolledBack({ metadata: { annotations } }: Deployment, plan: DeployPlan): boolean {
  return annotations?.[runAnnotation] === plan.runId && annotations[changeAnnotation] === `${rolledBackPrefix}${plan.changeDigest}`;
}

/** RFC 6901: `~` and `/` inside a key. */
function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
