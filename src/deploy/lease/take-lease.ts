import { isAlreadyExists, isConflict, isKubernetesError, isNotFound } from "../../services/kubernetes/index.ts";
import type { DeployCluster } from "../cluster/deploy-cluster.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import { heldSpec, leaseName, otherHolder, type LeaseHolder, type LeaseObject } from "./lease-record.ts";

export interface TakeLeaseInput {
  readonly cluster: DeployCluster;
  readonly target: DeployTarget;
  readonly runId: string;
  /** Another run whose lease may be taken at once: it is known to have stopped. */
  readonly heirOf: string | undefined;
  /** As it was written last, to renew it without a look; undefined: look first. */
  readonly known: LeaseObject | undefined;
  /** The server's time now, as well as it is known. */
  readonly serverNow: () => number;
  /** Sees the server's time of every answer. */
  readonly onServerTime: (ms: number) => void;
  readonly signal: AbortSignal;
}

export type LeaseTaken = { readonly lease: LeaseObject } | { readonly holder: LeaseHolder };

const maxTries = 6;
/** Beyond it, what was written is not the server's time. The Date header has whole seconds. */
const tolerableMs = 2000;

/**
 * Takes or renews the lease, unless another run holds it and is alive. Every write names the resourceVersion that was read: of two who
 * take it at once one is refused, and looks again.
 *
 * @throws what the cluster throws when it does not let us, or does not answer
 */
export async function takeLease(input: TakeLeaseInput): Promise<LeaseTaken> {
  const { runId, heirOf, serverNow, signal } = input;
  const mine = heirOf === undefined ? [runId] : [runId, heirOf];
  let { known } = input;
  for (let tries = 1; ; tries += 1) {
    try {
      known ??= await look(input);
      const holder = otherHolder(known, mine, serverNow());
      if (holder !== undefined) return { holder };
      const atMs = serverNow();
      known = await write(input, known, atMs);
      // Before its first answer the server's time is not known: what was written by our own clock is written again.
      if (Math.abs(serverNow() - atMs) <= tolerableMs || tries >= maxTries) return { lease: known };
    } catch (error) {
      signal.throwIfAborted();
      const isGone = known !== undefined && isNotFound(error);
      const mayHelp = isGone || isConflict(error) || isAlreadyExists(error) || !isKubernetesError(error);
      if (!mayHelp || tries >= maxTries) throw error;
      known = undefined;
    }
  }
}

async function look({ cluster, target, onServerTime, signal }: TakeLeaseInput): Promise<LeaseObject | undefined> {
  const { lease, serverTimeMs } = await cluster.readLease(target, signal);
  if (serverTimeMs !== undefined) onServerTime(serverTimeMs);
  return lease;
}

async function write(input: TakeLeaseInput, known: LeaseObject | undefined, atMs: number): Promise<LeaseObject> {
  const { cluster, target, runId, onServerTime, signal } = input;
  const metadata = known?.metadata ?? { name: leaseName(target.deployment), namespace: target.namespace };
  const answer = await cluster.writeLease(target, { ...known, metadata, spec: heldSpec(known?.spec, runId, atMs) }, signal);
  onServerTime(answer.serverTimeMs);
  return answer.lease;
}
