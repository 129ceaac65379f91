import { nearest } from "../../../errors/index.ts";
import { kubeconfigError, type ConfigNode } from "./config-node.ts";
import type { Kubeconfig, KubeconfigCluster, KubeconfigUser, Located } from "./kubeconfig.ts";

/** A context with what it names, checked for use. */
export interface ResolvedContext {
  readonly name: string;
  readonly server: string;
  readonly cluster: KubeconfigCluster;
  /** Undefined: anonymous. */
  readonly user: KubeconfigUser | undefined;
  readonly namespace: string | undefined;
}

/**
 * Follows a context to its cluster and user.
 *
 * @param wanted default: current-context
 * @throws ConfigError (ERR_KUBECONFIG) that lists the contexts and names the nearest; for a proxy-url, an auth-provider, or credentials
 *   that contradict each other, which errand refuses rather than ignores.
 */
export function resolveContext(config: Kubeconfig, wanted?: string): ResolvedContext {
  const name = wanted ?? config.currentContext;
  if (name === undefined) {
    throw kubeconfigError({
      message: `kubeconfig ${config.files.join(", ")} has no current-context${listed("contexts", config.contexts)}`,
      file: config.files[0],
      hint: "Choose one: kubectl config use-context NAME, or the option context.",
    });
  }
  const context = config.contexts.get(name);
  if (context === undefined) throw unknownContext(config, name);
  const clusterName = context.entry.cluster;
  if (clusterName === undefined) throw context.node.error("names no cluster");
  const cluster = config.clusters.get(clusterName);
  if (cluster === undefined) throw dangling(context.node, { kind: "cluster", name: clusterName, known: config.clusters });
  const userName = context.entry.user;
  const user = userName === undefined ? undefined : config.users.get(userName);
  if (userName !== undefined && user === undefined) throw dangling(context.node, { kind: "user", name: userName, known: config.users });
  if (user !== undefined) checkUser(user);
  return { name, server: checkCluster(cluster), cluster: cluster.entry, user: user?.entry, namespace: context.entry.namespace };
}

function unknownContext(config: Kubeconfig, name: string): Error {
  const near = nearest(name, config.contexts.keys());
  return kubeconfigError({
    message: `kubeconfig ${config.files.join(", ")} has no context ${JSON.stringify(name)}${listed("contexts", config.contexts)}`,
    file: config.files[0],
    hint: near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`,
  });
}

interface Dangling {
  readonly kind: "cluster" | "user";
  readonly name: string;
  readonly known: ReadonlyMap<string, unknown>;
}

function dangling(node: ConfigNode, { kind, name, known }: Dangling): Error {
  return node
    .field("context")
    .field(kind)
    .error(`is ${JSON.stringify(name)}, which is not among the ${kind}s${listed(`${kind}s`, known)}`);
}

function listed(what: string, known: ReadonlyMap<string, unknown>): string {
  return known.size === 0 ? `; there are no ${what}` : `; ${what}: ${[...known.keys()].join(", ")}`;
}

function checkCluster({ entry, node }: Located<KubeconfigCluster>): string {
  const cluster = node.field("cluster");
  if (entry.server === undefined) throw cluster.error("needs a server");
  if (entry.proxyUrl !== undefined) throw cluster.field("proxy-url").error("is not supported yet: errand would have to ignore it");
  if (entry.insecureSkipTlsVerify && entry.ca !== undefined) {
    throw cluster.field("insecure-skip-tls-verify").error("contradicts the certificate-authority beside it: remove one of them");
  }
  return entry.server;
}

function checkUser({ entry, node }: Located<KubeconfigUser>): void {
  const user = node.field("user");
  if (entry.authProvider !== undefined) {
    const complaint = `${JSON.stringify(entry.authProvider)} was removed from Kubernetes in 1.26: use the vendor's exec plugin (kubelogin, gke-gcloud-auth-plugin)`;
    throw user.field("auth-provider").error(complaint);
  }
  if (entry.clientCertificate !== undefined && entry.clientKey === undefined)
    throw user.error("has a client certificate without client-key");
  if (entry.clientKey !== undefined && entry.clientCertificate === undefined)
    throw user.error("has a client key without client-certificate");
  const hasToken = entry.token !== undefined || entry.tokenFile !== undefined;
  if (hasToken && entry.username !== undefined) throw user.error("has both a token and a username: keep one of them");
}
