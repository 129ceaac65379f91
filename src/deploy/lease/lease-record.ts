import { createHash } from "node:crypto";
import type { KubernetesObject } from "../../services/kubernetes/index.ts";

/** How long a holder that is silent is believed to live. */
export const leaseSeconds = 60;

/** coordination.k8s.io/v1 Lease, as far as it is read here. */
export interface LeaseObject extends KubernetesObject {
  readonly spec?: LeaseSpec;
}

/** What is sent: with `metadata.resourceVersion` it replaces that very version, without it is created. */
export type LeaseInput = Pick<LeaseObject, "spec"> & {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
};

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** MicroTime, see {@link microTime}. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often it went from one holder to another. */
  readonly leaseTransitions?: number;
}

/** Another run that holds the lease and is alive. */
export interface LeaseHolder {
  readonly runId: string;
  /** Milliseconds since the epoch; NaN when the lease does not say. */
  readonly sinceMs: number;
  /** When the lease expires if nobody renews it. */
  readonly untilMs: number;
}

/** A Lease has a name as a Deployment has: at most 253 characters of a DNS name. Longer ones are told apart by a digest. */
export function leaseName(deployment: string): string {
  const name = `errand-${deployment}`;
  if (name.length <= 253) return name;
  const digest = createHash("sha256").update(deployment).digest("hex").slice(0, 16);
  return `${name.slice(0, 236).replace(/[.-]+$/, "")}-${digest}`;
}

/** RFC 3339 with exactly six digits: the API server takes no other form. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/**
 * Who holds the lease beside the given runs; undefined: it is free, expired, or one of theirs.
 *
 * @param serverTimeMs by the API server's clock, which every holder writes too: this machine's may be wrong
 */
export function otherHolder(lease: LeaseObject | undefined, runIds: readonly string[], serverTimeMs: number): LeaseHolder | undefined {
  const { holderIdentity, leaseDurationSeconds = leaseSeconds, renewTime, acquireTime } = lease?.spec ?? {};
  if (holderIdentity === undefined || holderIdentity === "" || runIds.includes(holderIdentity)) return undefined;
  const renewedMs = Date.parse(renewTime ?? "");
  // A time that cannot be read, or lies ahead, is none to count from.
  const untilMs = (renewedMs <= serverTimeMs ? renewedMs : serverTimeMs) + leaseDurationSeconds * 1000;
  if (untilMs <= serverTimeMs) return undefined;
  return { runId: holderIdentity, sinceMs: Date.parse(acquireTime ?? ""), untilMs };
}

/** The spec by which a run takes the lease, or renews it. */
export function heldSpec(former: LeaseSpec | undefined, runId: string, atMs: number): LeaseSpec {
  const isOurs = former?.holderIdentity === runId;
  const now = microTime(atMs);
  const { leaseTransitions = 0 } = former ?? {};
  return {
    ...former,
    holderIdentity: runId,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: isOurs ? (former.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: former === undefined || isOurs ? leaseTransitions : leaseTransitions + 1,
  };
}

/** The spec that leaves the lease to whoever wants it; as client-go does it. */
export function freeSpec(former: LeaseSpec | undefined, atMs: number): LeaseSpec {
  const now = microTime(atMs);
  return { ...former, holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
}
