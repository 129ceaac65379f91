import type { Deployment } from "../../services/kubernetes/index.ts";
import type { DeployClock } from "../clock.ts";
import type { DeployCluster, LiveDeployment } from "../cluster/deploy-cluster.ts";
import { describeError, writeFailure } from "../cluster/write-failure.ts";
import { carriesPatch, changePatch } from "../plan/change-patch.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { templateDigest } from "../plan/digest.ts";

/** What became of a write; plain JSON. */
export type WriteOutcome =
  | {
      readonly outcome: "stored";
      /** Of the answer to this write: what the controller must have seen. */
      readonly generation: number;
      readonly serverTimeMs: number;
      /** Of the template as the server stored it, its own defaults and webhooks included. */
      readonly templateDigest: string;
      readonly tries: number;
      readonly warnings: readonly string[];
    }
  /** Nothing was stored: the Deployment is not the one that was planned for. */
  | { readonly outcome: "changedByOther" | "gone"; readonly message: string }
  /** Nothing was stored: the server does not accept it, or cannot be reached. */
  | { readonly outcome: "refused"; readonly message: string }
  /** It may have been stored, and the server does not say. */
  | { readonly outcome: "unknown"; readonly message: string };

/** A write that is known to be stored. */
export type Stored = WriteOutcome & { readonly outcome: "stored" };

export interface ApplyChangeInput {
  readonly plan: DeployPlan;
  readonly cluster: DeployCluster;
  readonly clock: DeployClock;
  /** Honoured between tries: a write under way is brought to its end, so that its outcome is known. */
  readonly signal: AbortSignal;
  /** Why nothing may be sent, e.g. another run at work; a change that is stored already is found all the same. */
  readonly blockedBy?: string;
}

const maxTries = 8;
/** Between tries; a conflict with a status update is over at once, an API server that restarts takes longer. */
const waitMs = [50, 200, 500, 1000, 2000, 4000, 8000] as const;

/**
 * Sends the plan's patch until it is known to be stored, once.
 *
 * Before every send the Deployment is read again: it must still have the plan's uid and generation. That also tells, after a lost
 * answer, whether the patch has arrived.
 */
export async function applyChange(input: ApplyChangeInput): Promise<WriteOutcome> {
  let isSent = false;
  let lastProblem = "";
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const live = await readLive(input);
    if (typeof live === "string") {
      lastProblem = live;
    } else {
      const decided = decide(input.plan, live, tries);
      if (decided !== undefined) return decided;
      if (live.deployment === undefined) break;
      if (input.blockedBy !== undefined) return { outcome: "refused", message: input.blockedBy };
      const sent = await send(input, live.deployment, tries);
      if (typeof sent !== "string") return sent;
      lastProblem = sent;
      isSent = true;
    }
    if (tries < maxTries) await input.clock.sleep(waitMs[tries - 1] ?? 0, input.signal);
  }
  return isSent
    ? { outcome: "unknown", message: `whether the change was stored is not known after ${maxTries} tries: ${lastProblem}` }
    : { outcome: "refused", message: `the Deployment cannot be read: ${lastProblem}` };
}

async function readLive({ cluster, plan, signal }: ApplyChangeInput): Promise<LiveDeployment | string> {
  try {
    return await cluster.read(plan.target, signal);
  } catch (error) {
    signal.throwIfAborted();
    return describeError(error);
  }
}

/** What the live object alone decides; undefined: send. */
function decide(plan: DeployPlan, { deployment, serverTimeMs }: LiveDeployment, tries: number): WriteOutcome | undefined {
  const name = `deployment ${plan.target.namespace}/${plan.target.deployment}`;
  if (deployment === undefined) return { outcome: "gone", message: `${name} was deleted since the plan was made` };
  if (deployment.metadata.uid !== plan.uid)
    return { outcome: "gone", message: `${name} was deleted and created anew since the plan was made` };
  // Stored by a try whose answer was lost, or by an earlier process of the same run.
  if (carriesPatch(deployment, plan)) return stored(deployment, { serverTimeMs, tries, warnings: [] });
  const generation = deployment.metadata.generation ?? 0;
  if (generation === plan.generation) return undefined;
  return {
    outcome: "changedByOther",
    message: `${name} was changed by somebody else since the plan was made (generation ${plan.generation} -> ${generation})`,
  };
}

/** The outcome, or why another try is needed. */
async function send({ cluster, plan }: ApplyChangeInput, live: Deployment, tries: number): Promise<WriteOutcome | string> {
  try {
    const { deployment, serverTimeMs, warnings } = await cluster.patch(plan.target, {
      kind: "strategic",
      body: changePatch(plan, live.metadata.resourceVersion),
    });
    return stored(deployment, { serverTimeMs, tries, warnings });
  } catch (error) {
    const message = describeError(error);
    return writeFailure(error) === "refused" ? { outcome: "refused", message } : message;
  }
}

export interface StoredDetails {
  readonly serverTimeMs: number;
  readonly tries: number;
  readonly warnings: readonly string[];
}

/** The outcome of a write that the server has answered, or whose result was found. */
export function stored({ metadata, spec }: Deployment, { serverTimeMs, tries, warnings }: StoredDetails): Stored {
  // Field by field: an outcome is recorded, and the object itself must not slip into it.
  return {
    outcome: "stored",
    generation: metadata.generation ?? 0,
    templateDigest: templateDigest(spec.template),
    serverTimeMs,
    tries,
    warnings,
  };
}
