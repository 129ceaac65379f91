import { isNotFound, type Cluster } from "../../services/kubernetes/index.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import { leaseName, type LeaseInput, type LeaseObject } from "../lease/lease-record.ts";
import type { LeaseAnswer, LiveLease } from "./deploy-cluster.ts";

/** A lease is advisory: nothing waits long for it. */
const deadline = "10s";

export async function readLease(cluster: Cluster, { namespace, deployment }: DeployTarget, signal: AbortSignal): Promise<LiveLease> {
  let serverTimeMs: number | undefined;
  const onAnswer = (answer: { readonly serverTimeMs: number }): void => {
    serverTimeMs = answer.serverTimeMs;
  };
  try {
    const lease = await cluster.get<LeaseObject>("leases", leaseName(deployment), { namespace, signal, deadline, onAnswer });
    return { lease, serverTimeMs };
  } catch (error) {
    // A 404 that is no Status comes from a server without the API group.
    if (isNotFound(error) && error.reason === "NotFound") return { lease: undefined, serverTimeMs: undefined };
    throw error;
  }
}

export interface LeaseWrite {
  readonly target: DeployTarget;
  readonly lease: LeaseInput;
  readonly signal: AbortSignal;
}

export async function writeLease(cluster: Cluster, { target: { namespace }, lease, signal }: LeaseWrite): Promise<LeaseAnswer> {
  let serverTimeMs = Date.now();
  const options = {
    namespace,
    signal,
    deadline,
    onAnswer: (answer: { readonly serverTimeMs: number }): void => {
      serverTimeMs = answer.serverTimeMs;
    },
  } as const;
  const isNew = lease.metadata.resourceVersion === undefined;
  const stored = isNew ? cluster.create<LeaseObject>("leases", lease, options) : cluster.update<LeaseObject>("leases", lease, options);
  return { lease: await stored, serverTimeMs };
}
