import { newReplicaSet, type Deployment, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import { howToUndo } from "../conduct/how-to-look.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import { changeAnnotation, revisionAnnotation, rolledBackPrefix, runAnnotation } from "../plan/annotations.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { templateDigest } from "../plan/digest.ts";
import { readNote, rememberedUndo } from "../plan/undo.ts";
import type { PreflightFinding } from "../preflight/finding.ts";
import type { WrittenByRun } from "./recorded-run.ts";
import { replicasToRestore } from "./rollback-patch.ts";

export interface RunExamination {
  readonly runId: string;
  readonly target: DeployTarget;
  readonly snapshot: RolloutSnapshot;
  /** By the journal; undefined: the Deployment's annotations have to tell. */
  readonly written: WrittenByRun | undefined;
}

/** What can be done about a run; plain JSON. */
export type Examined =
  | {
      readonly kind: "ready";
      readonly plan: DeployPlan;
      readonly ownTemplateDigest: string;
      /** It is rolled back already; whether the former revision is up has to be seen. */
      readonly isWritten: boolean;
    }
  | { readonly kind: "nothingToDo"; readonly reason: string }
  | { readonly kind: "blocked"; readonly finding: PreflightFinding };

/** Whether a run may be rolled back: only while the live template is the one it wrote. Pure. */
export function examineRun(examination: RunExamination): Examined {
  const { runId, target, snapshot, written } = examination;
  const { deployment } = snapshot;
  const name = nameOf(target);
  if (deployment === undefined) return blocked("target", `there is no ${name}`, "There is nothing to roll back.");
  if (deployment.spec.paused === true) {
    const resume = `kubectl -n ${target.namespace} rollout resume deployment/${target.deployment}`;
    return blocked("paused", `${name} is paused: a rollback would be stored and never rolled out`, `Resume it first: ${resume}`);
  }
  const annotated = deployment.metadata.annotations?.[changeAnnotation] ?? "";
  const isOurs = deployment.metadata.annotations?.[runAnnotation] === runId;
  if (isOurs && annotated.startsWith(rolledBackPrefix)) {
    const change = annotated.slice(rolledBackPrefix.length);
    return alreadyBack(examination, deployment, written?.plan ?? annotatedPlan(examination, deployment, change));
  }
  if (written !== undefined) return byJournal(examination, deployment, written);
  return isOurs
    ? byAnnotations(examination, deployment, annotatedPlan(examination, deployment, annotated))
    : notOurs(examination, deployment);
}

function alreadyBack({ runId, snapshot }: RunExamination, deployment: Deployment, plan: DeployPlan): Examined {
  const former = formerDigest(plan, snapshot);
  const live = templateDigest(deployment.spec.template);
  if (plan.undo.touchesTemplate && former !== live)
    return { kind: "nothingToDo", reason: `the run ${runId} was rolled back already, and the Deployment was changed again since` };
  return { kind: "ready", plan, ownTemplateDigest: live, isWritten: true };
}

function byJournal(
  { runId, target, snapshot }: RunExamination,
  deployment: Deployment,
  { plan, templateDigest: own }: WrittenByRun,
): Examined {
  if (deployment.metadata.uid !== plan.uid)
    return blocked("target", `${nameOf(target)} was deleted and created anew since the run ${runId}`, "What it changed is gone with it.");
  const live = templateDigest(deployment.spec.template);
  if (live === own) return ready(target, deployment, { plan, own });
  if (plan.undo.touchesTemplate && live === plan.undo.revision?.digest)
    return { kind: "nothingToDo", reason: `the revision before the run ${runId} is live already` };
  return changedSince({ runId, target, snapshot }, deployment, plan);
}

/** The note says which revision was live before: the change made the next one, and any later change another. */
function byAnnotations(examination: RunExamination, deployment: Deployment, plan: DeployPlan): Examined {
  const { runId, target, snapshot } = examination;
  const before = Number(readNote(deployment).revision);
  if (!Number.isInteger(before)) {
    const problem = `the run ${runId} left too little on ${nameOf(target)} to tell its change from a later one`;
    return blocked("run", problem, `Run this where its journal is. By hand: ${howToUndo(target, plan.undo.revision?.revision)}`);
  }
  const live = newReplicaSet(deployment, snapshot.replicaSets);
  if (live === undefined)
    return blocked("run", `the controller has not seen the last change of ${nameOf(target)} yet`, "Run it again in a moment.");
  const own = templateDigest(deployment.spec.template);
  if (plan.undo.touchesTemplate && own === formerDigest(plan, snapshot))
    return { kind: "nothingToDo", reason: `the revision before the run ${runId} is live already` };
  const expected = plan.undo.touchesTemplate ? before + 1 : before;
  if (Number(live.metadata.annotations?.[revisionAnnotation]) !== expected) return changedSince(examination, deployment, plan);
  return ready(target, deployment, { plan, own });
}

function ready(target: DeployTarget, deployment: Deployment, { plan, own }: { readonly plan: DeployPlan; readonly own: string }): Examined {
  const { touchesTemplate, revision, replicas } = plan.undo;
  if (touchesTemplate && revision === undefined)
    return blocked("history", `${nameOf(target)} has no former revision to return to`, "Deploy the former image instead.");
  if (!touchesTemplate && replicasToRestore(plan, deployment) === undefined)
    return { kind: "nothingToDo", reason: `the replicas are no longer the ${replicas?.to ?? 0} that the run ${plan.runId} set` };
  return { kind: "ready", plan, ownTemplateDigest: own, isWritten: false };
}

function changedSince({ runId, target }: Omit<RunExamination, "written">, { metadata }: Deployment, { undo }: DeployPlan): Examined {
  const last = metadata.annotations?.[runAnnotation];
  const who = last === undefined || last === runId ? "somebody" : `the run ${last}, or somebody after it,`;
  return blocked(
    "run",
    `${who} changed the template of ${nameOf(target)} since the run ${runId}: rolling that back would undo the later change`,
    `To go back all the same, by hand: ${howToUndo(target, undo.touchesTemplate ? undo.revision?.revision : undefined)}`,
  );
}

function notOurs({ runId, target }: RunExamination, { metadata }: Deployment): Examined {
  const last = metadata.annotations?.[runAnnotation];
  const carries = last === undefined ? "carries no run of errand" : `was changed last by the run ${last}`;
  return blocked(
    "run",
    `${nameOf(target)} ${carries}, not by ${runId}`,
    `Check the run and the file, or run this where its journal is. By hand: ${howToUndo(target)}`,
  );
}

function annotatedPlan({ runId, target, snapshot }: RunExamination, deployment: Deployment, changeDigest: string): DeployPlan {
  const { uid, generation = 0 } = deployment.metadata;
  const undo = rememberedUndo(deployment, snapshot);
  return { runId, target, uid, generation, changes: [], changeDigest, restartedAt: undefined, undo, isAttached: true, found: "rolledOut" };
}

function formerDigest({ undo: { revision } }: DeployPlan, { replicaSets }: RolloutSnapshot): string | undefined {
  const former = replicaSets.find(({ metadata }) => metadata.uid === revision?.uid);
  return former === undefined ? revision?.digest : templateDigest(former.spec.template);
}

function blocked(about: PreflightFinding["about"], message: string, remedy: string): Examined {
  return { kind: "blocked", finding: { level: "block", about, message, remedy } };
}

function nameOf({ namespace, deployment }: DeployTarget): string {
  return `deployment ${namespace}/${deployment}`;
}
