import type { DeployContext } from "../context.ts";
import { describeHolder } from "../preflight/lease-findings.ts";
import { TargetLease } from "./target-lease.ts";

export type OpenLeaseInput = Pick<DeployContext, "file" | "services" | "clock" | "emit"> & {
  readonly runId: string;
  readonly heirOf?: string;
};

/** The lease of a run's target, not taken yet. Call `stop()` when the run is over. */
export function openLease({ file, services, runId, heirOf, clock, emit }: OpenLeaseInput): TargetLease {
  return new TargetLease({
    cluster: services.cluster,
    target: file.target,
    runId,
    ...(heirOf === undefined ? {} : { heirOf }),
    now: () => clock.now(),
    onTaken: (holder) =>
      emit({ type: "warned", message: `${describeHolder(file.target, holder)}: it took the lease of this one, which goes on` }),
  });
}
