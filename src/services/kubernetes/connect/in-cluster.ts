import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../../errors/index.ts";
import { errorCode } from "../kubeconfig/config-node.ts";
import type { ClusterOptions, CommonOptions } from "./cluster-options.ts";

/** Where the kubelet puts a pod's service account. */
export const SERVICE_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Options of a cluster reached by the pod's service account. */
export interface InClusterOptions extends CommonOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default "/var/run/secrets/kubernetes.io/serviceaccount" */
  readonly serviceAccountDirectory?: string;
}

/**
 * A pod's own way to its cluster.
 *
 * @throws ConfigError (ERR_CONFIG) that names the variable or the file that is missing; never goes on without the cluster's authority
 */
export function optionsInCluster({
  env = process.env,
  serviceAccountDirectory = SERVICE_ACCOUNT_DIRECTORY,
  ...common
}: InClusterOptions): ClusterOptions {
  const host = variable(env, "KUBERNETES_SERVICE_HOST");
  const port = variable(env, "KUBERNETES_SERVICE_PORT");
  return {
    ...common,
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    tokenFile: join(serviceAccountDirectory, "token"),
    ca: join(serviceAccountDirectory, "ca.crt"),
    namespace: common.namespace ?? readNamespace(join(serviceAccountDirectory, "namespace")),
  };
}

function variable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new ConfigError({
    code: "ERR_CONFIG",
    message: `kubernetes: ${name} is not set, so this is not running in a pod of a cluster`,
    hint: "Outside a cluster use Cluster.fromConfig(), or Cluster.fromEnv() with K8S_API_URL and K8S_TOKEN.",
  });
}

function readNamespace(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError({
      code: "ERR_CONFIG",
      message: `kubernetes: ${file} cannot be read: ${errorCode(error)}`,
      hint: "Check automountServiceAccountToken of the pod, or give namespace.",
      file,
      cause: error,
    });
  }
}
