import type { Deployment, RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import type { LeaseInput, LeaseObject } from "../lease/lease-record.ts";

/** One permission, as `kubectl auth can-i` asks for it. */
export interface AccessRule {
  readonly verb: string;
  /** Plural. */
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly subresource?: string;
}

/** Another controller that sets the Deployment's replicas. */
export interface Autoscaler {
  readonly name: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

export interface LiveDeployment {
  readonly deployment: Deployment | undefined;
  /** The Date header, in milliseconds since the epoch. */
  readonly serverTimeMs: number;
}

export interface PatchRequest {
  readonly kind: "strategic" | "json";
  readonly body: unknown;
  /** Ask the server for its answer, store nothing. */
  readonly isDryRun?: boolean;
  /** A write under way is better brought to its end: only dry runs have one. */
  readonly signal?: AbortSignal;
}

export interface PatchAnswer {
  readonly deployment: Deployment;
  /** The Date header, in milliseconds since the epoch. */
  readonly serverTimeMs: number;
  /** Of the server: deprecations, admission. */
  readonly warnings: readonly string[];
}

export interface LiveLease {
  /** Undefined when there is none. */
  readonly lease: LeaseObject | undefined;
  /** The Date header, in milliseconds since the epoch; undefined when there is no lease. */
  readonly serverTimeMs: number | undefined;
}

export interface LeaseAnswer {
  readonly lease: LeaseObject;
  readonly serverTimeMs: number;
}

export interface PodLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  /** Of the container's former run: what a crashed one said last. */
  readonly isPrevious: boolean;
}

/** What a deploy asks of a cluster; each call may throw the service's own errors. */
export interface DeployCluster {
  /** For people: `prod (https://10.0.0.1:6443)`. */
  readonly name: string;
  /** The Deployment alone; undefined when there is none. */
  read(target: DeployTarget, signal: AbortSignal): Promise<LiveDeployment>;
  snapshot(target: DeployTarget, signal: AbortSignal): Promise<RolloutSnapshot>;
  patch(target: DeployTarget, request: PatchRequest): Promise<PatchAnswer>;
  /** Yields whenever the Deployment may have changed; may end or throw, and is then begun again. */
  changes(target: DeployTarget, signal: AbortSignal): AsyncIterable<unknown>;
  isAllowed(target: DeployTarget, rule: AccessRule, signal: AbortSignal): Promise<boolean>;
  autoscalers(target: DeployTarget, signal: AbortSignal): Promise<readonly Autoscaler[]>;
  /** The Lease of a target. @throws KubernetesError without a `reason` where the cluster serves no leases */
  readLease(target: DeployTarget, signal: AbortSignal): Promise<LiveLease>;
  writeLease(target: DeployTarget, lease: LeaseInput, signal: AbortSignal): Promise<LeaseAnswer>;
  /** The last lines. */
  log(log: PodLog, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}
