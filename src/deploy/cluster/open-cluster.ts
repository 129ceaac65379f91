import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Cluster } from "../../services/kubernetes/index.ts";
import type { DeployFile } from "../file/deploy-file.ts";

/**
 * The cluster that a deploy file names.
 *
 * @param context instead of the file's own
 * @throws ConfigError when the kubeconfig, the context or the environment does not have it
 */
export function openCluster({ cluster, directory }: Pick<DeployFile, "cluster" | "directory">, context?: string): Cluster {
  const kubeconfig = cluster.kubeconfig === undefined ? undefined : fromDirectory(directory, cluster.kubeconfig);
  if (context !== undefined) return Cluster.fromConfig({ context, kubeconfig });
  if (cluster.inCluster === true) return Cluster.inCluster();
  if (cluster.fromEnv === true) return Cluster.fromEnv();
  return Cluster.fromConfig({ context: cluster.context, kubeconfig });
}

/** A path that a deploy file names: relative to the file; `~` is the home directory. */
export function fromDirectory(directory: string, path: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return resolve(directory, path);
}
