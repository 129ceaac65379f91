import { isForbidden, isNotFound } from "../../services/kubernetes/index.ts";
import type { AccessRule } from "../cluster/deploy-cluster.ts";
import { describeError } from "../cluster/write-failure.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import { leaseName, otherHolder, type LeaseHolder } from "../lease/lease-record.ts";
import { formatDuration } from "../../retry/index.ts";
import type { PreflightFinding } from "./finding.ts";
import type { PreflightInput } from "./run-preflight.ts";

export type LeaseInspection = Pick<PreflightInput, "signal"> & {
  /** Whose lease is no obstacle. */
  readonly runIds: readonly string[];
  readonly target: DeployTarget;
  readonly cluster: PreflightInput["services"]["cluster"];
  /** Of the permissions, those that are missing. */
  readonly denied: readonly AccessRule[];
};

const unguarded = "The change is guarded all the same: of two deploys only one can write to the Deployment as it was planned for.";

/** Whether another run is at work on the target. It is advisory: what cannot be found out is a warning. */
export async function leaseFindings(inspection: LeaseInspection): Promise<readonly PreflightFinding[]> {
  const { target, cluster, runIds, signal, denied } = inspection;
  const verbs = denied.filter(({ resource }) => resource === "leases").map(({ verb }) => verb);
  if (verbs.length > 0)
    return [notKeptApart(`no permission to ${verbs.join(", ")} leases.coordination.k8s.io in namespace ${target.namespace}`)];
  try {
    const { lease, serverTimeMs = 0 } = await cluster.readLease(target, signal);
    const holder = otherHolder(lease, runIds, serverTimeMs);
    return holder === undefined ? [] : [heldByOther(target, holder, serverTimeMs)];
  } catch (error) {
    signal.throwIfAborted();
    const isUnserved = isNotFound(error) && error.reason === undefined;
    if (isUnserved) return [notKeptApart("the cluster serves no leases (coordination.k8s.io/v1)")];
    return [notKeptApart(isForbidden(error) ? `the lease may not be read: ${describeError(error)}` : describeError(error))];
  }
}

function notKeptApart(why: string): PreflightFinding {
  return { level: "warn", about: "lease", message: `${why}: two deploys of this target at once are not kept apart`, remedy: unguarded };
}

function heldByOther(target: DeployTarget, holder: LeaseHolder, nowMs: number): PreflightFinding {
  return {
    level: "block",
    about: "lease",
    message: describeHolder(target, holder),
    remedy:
      `Wait until it has ended (where it runs, errand runs shows it). If its process is dead, the lease expires by itself in ` +
      `${formatDuration(Math.ceil((holder.untilMs - nowMs) / 1000) * 1000)}, or at once by: ${howToRemove(target)}`,
  };
}

/** `the run 7 has been at work on deployment shop/web since 2026-11-28T01:04:03Z`. */
export function describeHolder({ namespace, deployment }: DeployTarget, { runId, sinceMs }: LeaseHolder): string {
  const since = Number.isNaN(sinceMs) ? "" : ` since ${new Date(sinceMs).toISOString().replace(/\.\d+Z$/, "Z")}`;
  return `the run ${runId} has been at work on deployment ${namespace}/${deployment}${since}`;
}

function howToRemove({ namespace, deployment }: DeployTarget): string {
  return `kubectl -n ${namespace} delete lease ${leaseName(deployment)}`;
}
