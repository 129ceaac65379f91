import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../../errors/index.ts";
import { literalSecret } from "../../../secrets/index.ts";
import type { ClusterOptions, CommonOptions } from "./cluster-options.ts";
import { SERVICE_ACCOUNT_DIRECTORY } from "./in-cluster.ts";

/** The API server's name inside every cluster. */
const IN_CLUSTER_URL = "https://kubernetes.default.svc";

/** Options of a cluster named by the environment. */
export interface FromEnvOptions extends CommonOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Has the authority for the in-cluster address. @default "/var/run/secrets/kubernetes.io/serviceaccount" */
  readonly serviceAccountDirectory?: string;
}

/**
 * K8S_API_URL (default: the name inside a cluster), K8S_TOKEN, and K8S_CA_FILE for a private authority.
 *
 * @throws ConfigError (ERR_CONFIG) that names the variable
 */
export function optionsFromEnv({
  env = process.env,
  serviceAccountDirectory = SERVICE_ACCOUNT_DIRECTORY,
  ...common
}: FromEnvOptions): ClusterOptions {
  const url = env["K8S_API_URL"] || undefined;
  const token = env["K8S_TOKEN"]?.trim() ?? "";
  if (token === "") throw envError("K8S_TOKEN is not set or empty", "Set it to a service account's token: kubectl create token NAME.");
  if (url !== undefined && !/^https?:\/\//i.test(url)) throw envError("K8S_API_URL must begin with https:// or http://");
  return {
    ...common,
    server: url ?? IN_CLUSTER_URL,
    token: literalSecret(token, "env:K8S_TOKEN"),
    ca: authorityFile(env["K8S_CA_FILE"] || undefined, url, serviceAccountDirectory),
  };
}

function authorityFile(given: string | undefined, url: string | undefined, directory: string): string | undefined {
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw envError(`K8S_CA_FILE names ${given}, which does not exist`);
  }
  // The in-cluster name has a certificate of the cluster's own authority, which every pod is given.
  const own = join(directory, "ca.crt");
  return url === undefined && existsSync(own) ? own : undefined;
}

function envError(message: string, hint?: string): ConfigError {
  return new ConfigError({ code: "ERR_CONFIG", message: `kubernetes: ${message}`, hint });
}
