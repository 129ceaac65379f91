import { newReplicaSet, type Deployment, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { Autoscaler } from "../cluster/deploy-cluster.ts";
import type { DeployFile } from "../file/deploy-file.ts";
import { runAnnotation } from "../plan/annotations.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { rolloutCondition } from "../plan/rollout-condition.ts";
import type { PreflightFinding } from "./finding.ts";
import { gitOpsFindings } from "./gitops.ts";

export interface TargetInspection {
  readonly file: DeployFile;
  readonly deployment: Deployment;
  readonly snapshot: RolloutSnapshot;
  readonly autoscalers: readonly Autoscaler[];
  readonly plan: DeployPlan;
}

/** Everything about the live Deployment that speaks against the plan. Pure. */
export function inspectTarget(inspection: TargetInspection): readonly PreflightFinding[] {
  const rules = [unknownContainers, paused, autoscaled, rolloutFindings, historyFindings, runFindings];
  return [...rules.flatMap((rule) => rule(inspection)), ...gitOpsFindings(inspection.deployment)];
}

function unknownContainers({ file, deployment }: TargetInspection): readonly PreflightFinding[] {
  const { containers = [], initContainers = [] } = deployment.spec.template.spec ?? {};
  const names = [...containers, ...initContainers].map(({ name }) => name);
  const init = initContainers.map(({ name }) => name);
  const list = names.map((name) => (init.includes(name) ? `${name} (init)` : name)).join(", ");
  return Object.keys(file.change.image)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      level: "block",
      about: "image",
      message: `change.image names the container ${name}, which ${nameOf(file)} does not have`,
      remedy: `Its containers are: ${list}.`,
    }));
}

function paused({ file, deployment }: TargetInspection): readonly PreflightFinding[] {
  if (deployment.spec.paused !== true) return [];
  const { namespace, deployment: name } = file.target;
  return [
    {
      level: "block",
      about: "paused",
      message: `${nameOf(file)} is paused: a change would be stored and never rolled out`,
      remedy: `Resume it first: kubectl -n ${namespace} rollout resume deployment/${name}`,
    },
  ];
}

function autoscaled({ file, plan, autoscalers }: TargetInspection): readonly PreflightFinding[] {
  const [autoscaler] = autoscalers;
  if (autoscaler === undefined || file.change.replicas === undefined) return [];
  const range = `${autoscaler.minReplicas} to ${autoscaler.maxReplicas}`;
  const isChanged = plan.changes.some(({ kind }) => kind === "replicas");
  return [
    {
      level: isChanged ? "block" : "warn",
      about: "autoscaler",
      message: `the HorizontalPodAutoscaler ${autoscaler.name} sets the replicas of ${nameOf(file)} (${range}); it would undo change.replicas within seconds`,
      remedy: `Leave replicas out of the file, or change minReplicas of the autoscaler instead.`,
    },
  ];
}

function rolloutFindings({ file, deployment, plan }: TargetInspection): readonly PreflightFinding[] {
  if (plan.isAttached || deployment.spec.paused === true) return [];
  const { state, detail } = rolloutCondition(deployment);
  const { namespace, deployment: name } = file.target;
  if (state === "settled") return [];
  if (state === "inProgress") {
    return [
      {
        level: "block",
        about: "rollout",
        message: `a rollout of ${nameOf(file)} is in progress (${detail}): a rollback would return to a half-finished revision`,
        remedy: `Wait until it is done: kubectl -n ${namespace} rollout status deployment/${name}`,
      },
    ];
  }
  const canReturn = file.onFailure === "stop" || !plan.undo.touchesTemplate;
  return [
    {
      level: canReturn ? "warn" : "block",
      about: "rollout",
      message: `the present revision of ${nameOf(file)} never came up (${detail}): there is nothing healthy to roll back to`,
      remedy: canReturn ? "If this change fails too, somebody has to look." : "To go forward all the same, say onFailure: stop.",
    },
  ];
}

function historyFindings({ file, deployment, plan }: TargetInspection): readonly PreflightFinding[] {
  if (file.onFailure !== "rollback" || !plan.undo.touchesTemplate) return [];
  const keepsNone = deployment.spec.revisionHistoryLimit === 0;
  if (plan.undo.revision !== undefined && !keepsNone) return [];
  const why = keepsNone ? "keeps no former revisions (revisionHistoryLimit: 0)" : "has no ReplicaSet of its present revision";
  return [
    {
      // The change is made already: what is missing can only be said.
      level: plan.isAttached ? "warn" : "block",
      about: "history",
      message: `${nameOf(file)} ${why}, so that a rollback is impossible`,
      remedy: keepsNone ? "Raise revisionHistoryLimit, or say onFailure: stop." : "Say onFailure: stop.",
    },
  ];
}

function runFindings({ file, deployment, snapshot, plan }: TargetInspection): readonly PreflightFinding[] {
  if (deployment.metadata.annotations?.[runAnnotation] !== plan.runId) return [];
  const present = newReplicaSet(deployment, snapshot.replicaSets)?.metadata.uid;
  const isOvertaken =
    plan.found === "rolledBack" ? plan.undo.touchesTemplate && present !== plan.undo.revision?.uid : plan.changes.length > 0;
  if (plan.isAttached && !isOvertaken) return [];
  const did = plan.found === "rolledBack" ? "was rolled back" : "was carried out";
  const what = plan.isAttached ? `${did}, and the Deployment was changed again since` : "made another change to it";
  return [
    {
      level: "block",
      about: "run",
      message: `the run ${plan.runId} of ${nameOf(file)} ${what}`,
      remedy: "Give another --id to try again.",
    },
  ];
}

function nameOf({ target }: Pick<DeployFile, "target">): string {
  return `deployment ${target.namespace}/${target.deployment}`;
}
