import type { KubeconfigUser } from "../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../kubeconfig/load-kubeconfig.ts";
import { resolveContext } from "../kubeconfig/resolve-context.ts";
import type { PluginHost } from "../credentials/run-plugin.ts";
import type { ClusterOptions, CommonOptions } from "./cluster-options.ts";

/** Which kubeconfig and context to use, and the session's options. */
export interface FromConfigOptions extends CommonOptions {
  /** A path, or several separated as in PATH. @default $KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string;
  /** @default current-context */
  readonly context?: string;
  /** Where a credential plugin may ask, and where its words go. */
  readonly plugin?: PluginHost;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** @throws ConfigError (ERR_KUBECONFIG) */
export function optionsFromConfig({ kubeconfig, context, env, ...common }: FromConfigOptions): ClusterOptions {
  const resolved = resolveContext(loadKubeconfig({ kubeconfig, env }), context);
  const { cluster, user } = resolved;
  return {
    ...(user === undefined ? {} : userOptions(user)),
    ...common,
    server: resolved.server,
    namespace: common.namespace ?? resolved.namespace,
    contextName: resolved.name,
    ca: cluster.ca,
    insecureSkipTlsVerify: cluster.insecureSkipTlsVerify,
    tlsServerName: cluster.tlsServerName,
    disableCompression: cluster.disableCompression,
    execExtension: cluster.execExtension,
  };
}

function userOptions(user: KubeconfigUser): Partial<ClusterOptions> {
  const { token, tokenFile, username, password, exec, impersonate, clientCertificate: cert, clientKey: key } = user;
  return { token, tokenFile, username, password, exec, impersonate, cert, key };
}
