import type { Deployment, ReplicaSet, RolloutSnapshot } from "../../services/kubernetes/index.ts";
import { stored, type WriteOutcome } from "../change/apply-change.ts";
import type { DeployClock } from "../clock.ts";
import type { DeployCluster } from "../cluster/deploy-cluster.ts";
import { describeError, writeFailure } from "../cluster/write-failure.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { templateDigest } from "../plan/digest.ts";
import { isRolledBack, rollbackPatch } from "./rollback-patch.ts";

export interface RollBackInput {
  readonly plan: DeployPlan;
  /** Of the template that our own patch left. */
  readonly ownTemplateDigest: string;
  readonly cluster: DeployCluster;
  readonly clock: DeployClock;
  readonly signal: AbortSignal;
  /** Why nothing may be sent; a rollback that is stored already is found all the same. */
  readonly blockedBy?: string;
}

const maxTries = 6;
const waitMs = [100, 500, 1000, 2000, 4000] as const;

/**
 * Puts the former revision back, once, and only while the live template is the one we wrote: what somebody else did since is not undone.
 *
 * `refused` here means that there is nothing to go back to, or that the server does not accept it.
 */
export async function rollBack(input: RollBackInput): Promise<WriteOutcome> {
  let problem = { message: "", isSent: false, isRefused: false };
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const snapshot = await readSnapshot(input);
    if (typeof snapshot === "string") {
      problem = { ...problem, message: snapshot };
    } else {
      const decision = decide(input, snapshot, tries);
      if (decision.kind === "outcome") return decision.outcome;
      if (input.blockedBy !== undefined) return { outcome: "refused", message: input.blockedBy };
      const sent = await send(input, decision, tries);
      if (sent.outcome !== undefined) return sent.outcome;
      // A failed `test` and a patch that can never be accepted are both 422: if nothing has changed meanwhile, it is the latter.
      if (sent.isRefused && problem.isRefused) return { outcome: "refused", message: sent.message };
      problem = { message: sent.message, isSent: true, isRefused: sent.isRefused };
    }
    if (tries < maxTries) await input.clock.sleep(waitMs[tries - 1] ?? 0, input.signal);
  }
  return { outcome: problem.isSent ? "unknown" : "refused", message: problem.message };
}

async function readSnapshot({ cluster, plan, signal }: RollBackInput): Promise<RolloutSnapshot | string> {
  try {
    return await cluster.snapshot(plan.target, signal);
  } catch (error) {
    signal.throwIfAborted();
    return `the Deployment cannot be read: ${describeError(error)}`;
  }
}

interface SendDecision {
  readonly kind: "send";
  readonly deployment: Deployment;
  /** Undefined when only the number of replicas goes back. */
  readonly former: ReplicaSet | undefined;
}
type Decision = SendDecision | { readonly kind: "outcome"; readonly outcome: WriteOutcome };

function decide({ plan, ownTemplateDigest }: RollBackInput, snapshot: RolloutSnapshot, tries: number): Decision {
  const { deployment } = snapshot;
  const end = (outcome: "gone" | "changedByOther" | "refused", message: string): Decision => ({
    kind: "outcome",
    outcome: { outcome, message },
  });
  if (deployment === undefined) return end("gone", "the Deployment is gone; there is nothing to roll back");
  if (deployment.metadata.uid !== plan.uid) return end("gone", "the Deployment was deleted and created anew; it is not rolled back");
  if (isRolledBack(deployment, plan))
    return { kind: "outcome", outcome: stored(deployment, { serverTimeMs: snapshot.serverTimeMs, tries, warnings: [] }) };
  if (templateDigest(deployment.spec.template) !== ownTemplateDigest) {
    return end(
      "changedByOther",
      "the Deployment's template is not the one this run wrote: somebody changed it since, and it is not rolled back",
    );
  }
  const { touchesTemplate, revision } = plan.undo;
  if (!touchesTemplate) return { kind: "send", deployment, former: undefined };
  if (revision === undefined) return end("refused", "there is no former revision to return to");
  const former = snapshot.replicaSets.find(({ metadata }) => metadata.uid === revision.uid);
  if (former === undefined) return end("refused", `the former revision (ReplicaSet ${revision.replicaSet}) is gone`);
  if (templateDigest(former.spec.template) !== revision.digest) {
    return end("refused", `the ReplicaSet ${revision.replicaSet} is not what it was when this run began`);
  }
  return { kind: "send", deployment, former };
}

interface Sent {
  readonly outcome: WriteOutcome | undefined;
  readonly message: string;
  readonly isRefused: boolean;
}

async function send({ cluster, plan }: RollBackInput, { deployment, former }: SendDecision, tries: number): Promise<Sent> {
  try {
    const answer = await cluster.patch(plan.target, { kind: "json", body: rollbackPatch({ plan, deployment, former }) });
    return { outcome: stored(answer.deployment, { ...answer, tries }), message: "", isRefused: false };
  } catch (error) {
    return { outcome: undefined, message: describeError(error), isRefused: writeFailure(error) === "refused" };
  }
}
