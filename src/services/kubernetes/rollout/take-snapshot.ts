import { serverTime, type Connection } from "../api/connection.ts";
import { listAll } from "../api/list.ts";
import { builtInResources, resourcePath } from "../api/resource.ts";
import type { CallOptions } from "../api/call-options.ts";
import { isNotFound } from "../error/guards.ts";
import { formatLabelSelector } from "../selector.ts";
import type { Deployment, Pod, ReplicaSet } from "../types.ts";
import { ownedBy } from "./ownership.ts";
import type { RolloutSnapshot } from "./rollout-state.ts";

export interface SnapshotTarget extends CallOptions {
  readonly namespace: string;
  readonly name: string;
}

/** Reads a Deployment, then what it owns: never older than the Deployment itself. */
export async function takeSnapshot(connection: Connection, target: SnapshotTarget): Promise<RolloutSnapshot> {
  const found = await readDeployment(connection, target);
  if (found.deployment === undefined) return { ...found, replicaSets: [], pods: [] };
  const { metadata, spec } = found.deployment;
  const { namespace, onAnswer: _, ...call } = target;
  const options = { ...call, namespace, labelSelector: formatLabelSelector(spec.selector) };
  const [replicaSets, pods] = await Promise.all([
    listAll<ReplicaSet>(connection, { type: builtInResources.replicasets, defaultNamespace: namespace, options }),
    listAll<Pod>(connection, { type: builtInResources.pods, defaultNamespace: namespace, options }),
  ]);
  const own = ownedBy(replicaSets.items, metadata.uid);
  return { ...found, replicaSets: own, pods: own.flatMap((replicaSet) => ownedBy(pods.items, replicaSet.metadata.uid)) };
}

async function readDeployment(
  connection: Connection,
  target: SnapshotTarget,
): Promise<Pick<RolloutSnapshot, "deployment" | "serverTimeMs">> {
  try {
    const path = resourcePath(builtInResources.deployments, target);
    const response = await connection.send({ method: "GET", path, call: target });
    return { deployment: response.json<Deployment>(), serverTimeMs: serverTime(response) };
  } catch (error) {
    // A namespace that is gone, or a name that never was: the checker says so.
    if (isNotFound(error)) return { deployment: undefined, serverTimeMs: Date.now() };
    throw error;
  }
}
