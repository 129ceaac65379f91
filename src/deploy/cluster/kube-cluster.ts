import { broughtToItsEnd } from "../../client/index.ts";
import { isNotFound, type Cluster, type Deployment, type KubernetesObject } from "../../services/kubernetes/index.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import { leaseName } from "../lease/lease-record.ts";
import type { AccessRule, Autoscaler, DeployCluster, LiveDeployment, PatchAnswer, PatchRequest, PodLog } from "./deploy-cluster.ts";
import { readLease, writeLease } from "./kube-leases.ts";

/** No call of a deploy may hang on an API server that does not answer. */
const readDeadline = "60s";

interface HorizontalPodAutoscaler extends KubernetesObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}

/** A deploy's view of {@link Cluster}. */
export function kubeCluster(cluster: Cluster): DeployCluster {
  const { contextName, server } = cluster;
  return {
    name: contextName === undefined ? server : `${contextName} (${server})`,
    read: (target, signal) => read(cluster, target, signal),
    snapshot: ({ namespace, deployment }, signal) => cluster.rolloutSnapshot(namespace, deployment, { signal, deadline: readDeadline }),
    patch: (target, request) => patch(cluster, target, request),
    changes: ({ namespace, deployment }, signal) => cluster.watch("deployments", { namespace, name: deployment, signal }),
    isAllowed: (target, rule, signal) => isAllowed(cluster, { target, rule, signal }),
    autoscalers: (target, signal) => autoscalers(cluster, target, signal),
    readLease: (target, signal) => readLease(cluster, target, signal),
    writeLease: (target, lease, signal) => writeLease(cluster, { target, lease, signal }),
    log: (log, signal) => readLog(cluster, log, signal),
    close: () => cluster.close(),
  };
}

async function read(cluster: Cluster, { namespace, deployment: name }: DeployTarget, signal: AbortSignal): Promise<LiveDeployment> {
  let serverTimeMs = Date.now();
  const onAnswer = (answer: { readonly serverTimeMs: number }): void => {
    serverTimeMs = answer.serverTimeMs;
  };
  try {
    const deployment = await cluster.get("deployments", name, { namespace, signal, deadline: readDeadline, onAnswer });
    return { deployment, serverTimeMs };
  } catch (error) {
    if (isNotFound(error)) return { deployment: undefined, serverTimeMs };
    throw error;
  }
}

async function patch(
  cluster: Cluster,
  { namespace, deployment: name }: DeployTarget,
  { kind, body, isDryRun = false, signal }: PatchRequest,
): Promise<PatchAnswer> {
  let about: Pick<PatchAnswer, "serverTimeMs" | "warnings"> = { serverTimeMs: Date.now(), warnings: [] };
  const deployment = await broughtToItsEnd(() =>
    cluster.patch<Deployment>("deployments", name, body, {
      namespace,
      type: kind,
      fieldManager: "errand",
      fieldValidation: "Strict",
      ...(isDryRun ? { dryRun: "All" } : {}),
      signal,
      onAnswer: ({ serverTimeMs, warnings }) => {
        about = { serverTimeMs, warnings };
      },
    }),
  );
  return { deployment, ...about };
}

interface AccessQuery {
  readonly target: DeployTarget;
  readonly rule: AccessRule;
  readonly signal: AbortSignal;
}

async function isAllowed(cluster: Cluster, { target, rule, signal }: AccessQuery): Promise<boolean> {
  const name = grantableName(target, rule);
  const { allowed } = await cluster.can({ ...rule, namespace: target.namespace, name, signal, deadline: readDeadline });
  return allowed;
}

/** A list, watch or create cannot be granted by name; a get or patch of this Deployment can, and so can the use of its Lease. */
function grantableName({ deployment }: DeployTarget, { resource, verb }: AccessRule): string | undefined {
  if (verb !== "get" && verb !== "patch" && verb !== "update") return undefined;
  if (resource === "deployments") return deployment;
  return resource === "leases" ? leaseName(deployment) : undefined;
}

async function autoscalers(cluster: Cluster, { namespace, deployment }: DeployTarget, signal: AbortSignal): Promise<readonly Autoscaler[]> {
  const { items } = await cluster.list<HorizontalPodAutoscaler>("horizontalpodautoscalers", { namespace, signal, deadline: readDeadline });
  return items
    .filter(({ spec: { scaleTargetRef } }) => scaleTargetRef.kind === "Deployment" && scaleTargetRef.name === deployment)
    .map(({ metadata, spec }) => ({ name: metadata.name, minReplicas: spec.minReplicas ?? 1, maxReplicas: spec.maxReplicas }));
}

function readLog(cluster: Cluster, { namespace, pod, container, isPrevious }: PodLog, signal: AbortSignal): Promise<string> {
  return cluster.podLog(pod, { namespace, container, previous: isPrevious, tailLines: 20, limitBytes: 20_000, signal, deadline: "10s" });
}
