import type { Secret } from "../../../secrets/index.ts";
import type { ExecConfig } from "../credentials/exec-config.ts";
import type { ConfigNode } from "./config-node.ts";

/** Who to act as; needs a user. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  /** Values by key. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** An entry of `contexts`. */
export interface KubeconfigContext {
  readonly name: string;
  readonly cluster: string | undefined;
  /** Absent: anonymous. */
  readonly user: string | undefined;
  readonly namespace: string | undefined;
}

/** An entry of `clusters`. */
export interface KubeconfigCluster {
  readonly name: string;
  readonly server: string | undefined;
  /** Absolute path, or PEM text. */
  readonly ca: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  readonly disableCompression: boolean;
  /** What the cluster has for credential plugins. */
  readonly execExtension: unknown;
}

/** An entry of `users`. Credentials are Secrets: printing one shows none. */
export interface KubeconfigUser {
  readonly name: string;
  readonly token: Secret | undefined;
  /** Absolute path. */
  readonly tokenFile: string | undefined;
  /** Absolute path, or PEM text. */
  readonly clientCertificate: string | undefined;
  /** Absolute path, or the key itself. */
  readonly clientKey: string | Secret | undefined;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly impersonate: Impersonation | undefined;
  readonly exec: ExecConfig | undefined;
  /** The name of a plugin that Kubernetes has removed. */
  readonly authProvider: string | undefined;
}

/** An entry and where it stands, for later complaints. */
export interface Located<T> {
  readonly entry: T;
  readonly node: ConfigNode;
}

/** All files, merged: the first file to set a value or a name wins. */
export interface Kubeconfig {
  /** Those that exist, in order. */
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Located<KubeconfigContext>>;
  readonly clusters: ReadonlyMap<string, Located<KubeconfigCluster>>;
  readonly users: ReadonlyMap<string, Located<KubeconfigUser>>;
}
