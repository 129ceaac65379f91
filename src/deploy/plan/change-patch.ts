import type { Deployment } from "../../services/kubernetes/index.ts";
import { changeAnnotation, previousAnnotation, restartedAtAnnotation, runAnnotation } from "./annotations.ts";
import type { DeployPlan, PlannedChange } from "./deploy-plan.ts";
import { undoNote } from "./undo.ts";

/**
 * The strategic merge patch of a plan. One patch, so one generation and one rollout; its resourceVersion makes the server refuse it
 * (409) when the object has changed since it was read; everything in it is absolute, so sending it again changes nothing more.
 */
export function changePatch(plan: DeployPlan, resourceVersion: string): Readonly<Record<string, unknown>> {
  const replicas = plan.changes.find((change) => change.kind === "replicas");
  const template = templatePatch(plan);
  return {
    metadata: {
      resourceVersion,
      annotations: { [runAnnotation]: plan.runId, [changeAnnotation]: plan.changeDigest, [previousAnnotation]: undoNote(plan.undo) },
    },
    spec: { ...(replicas === undefined ? {} : { replicas: replicas.to }), ...(template === undefined ? {} : { template }) },
  };
}

function templatePatch({ changes, restartedAt }: DeployPlan): Readonly<Record<string, unknown>> | undefined {
  const images = changes.filter((change) => change.kind === "image");
  const containers = imagePatches(images, false);
  const initContainers = imagePatches(images, true);
  const hasRestart = restartedAt !== undefined;
  if (!hasRestart && images.length === 0) return undefined;
  return {
    ...(hasRestart ? { metadata: { annotations: { [restartedAtAnnotation]: restartedAt } } } : {}),
    ...(images.length === 0
      ? {}
      : { spec: { ...(containers.length === 0 ? {} : { containers }), ...(initContainers.length === 0 ? {} : { initContainers }) } }),
  };
}

function imagePatches(
  images: readonly (PlannedChange & { readonly kind: "image" })[],
  isInit: boolean,
): readonly { readonly name: string; readonly image: string }[] {
  return images.filter((image) => image.isInit === isInit).map(({ container, to }) => ({ name: container, image: to }));
}

/** Whether the live Deployment carries this plan's patch. */
export function carriesPatch({ metadata }: Deployment, plan: DeployPlan): boolean {
  const { annotations } = metadata;
  return metadata.uid === plan.uid && annotations?.[runAnnotation] === plan.runId && annotations[changeAnnotation] === plan.changeDigest;
}
