import { basic, bearer } from "../../../auth/index.ts";
import { ConfigError } from "../../../errors/index.ts";
import { literalSecret, redactUrl, type Secret } from "../../../secrets/index.ts";
import { optionError } from "../api/call-options.ts";
import { Connection, type ClusterSessionOptions } from "../api/connection.ts";
import { checkNamespace } from "../api/resource.ts";
import { TlsFiles } from "../api/tls-files.ts";
import type { WarningCollector } from "../api/warnings.ts";
import { fixedCredential, type CredentialSource } from "../credentials/credential.ts";
import type { ExecClusterInfo } from "../credentials/exec-credential.ts";
import type { ExecConfig } from "../credentials/exec-config.ts";
import { ExecPlugin } from "../credentials/exec-plugin.ts";
import { impersonationHeaders } from "../credentials/impersonation.ts";
import type { PluginHost } from "../credentials/run-plugin.ts";
import { TokenFile } from "../credentials/token-file.ts";
import type { Impersonation } from "../kubeconfig/kubeconfig.ts";

/** What the ways to a cluster have in common. */
export interface CommonOptions {
  /** Of calls that name none. @default the context's or the pod's own, else "default" */
  readonly namespace?: string;
  /** Timeouts, retries, `onAttempt` and the other options of a Session. */
  readonly session?: ClusterSessionOptions;
  /** Hears each of the server's warnings once: unknown fields, deprecated versions. */
  readonly onWarning?: (warning: string) => void;
}

/** A way to an API server. */
export interface ClusterOptions extends CommonOptions {
  /** `https://host:6443`, with the path prefix if it has one. */
  readonly server: string;
  /** Takes precedence over a user name and a plugin. */
  readonly token?: string | Secret;
  /** Read again as it is renewed; takes precedence over `token`. */
  readonly tokenFile?: string;
  /** With `password`, basic authentication. */
  readonly username?: string;
  /** Of `username`. */
  readonly password?: string | Secret;
  /** A credential plugin, as in a kubeconfig. */
  readonly exec?: ExecConfig;
  /** Where the plugin may ask, and where its words go. */
  readonly plugin?: PluginHost;
  /** What the plugin is told about the cluster beside its address. */
  readonly execExtension?: unknown;
  /** The cluster's authority, a path or PEM text; with it nothing else is trusted. @default the system's roots */
  readonly ca?: string;
  /** Client certificate, a path or PEM text. A token may be given beside it. */
  readonly cert?: string;
  /** The private key of `cert`, a path or PEM text. */
  readonly key?: string | Secret;
  /** Anybody on the way can then read and change what is sent: warns. @default false */
  readonly insecureSkipTlsVerify?: boolean;
  /** The name to ask for and to check instead of the server's. */
  readonly tlsServerName?: string;
  /** Asks for answers that are not compressed: for a server nearby that has little CPU. @default false */
  readonly disableCompression?: boolean;
  /** Acts as somebody else, if the credentials may. */
  readonly impersonate?: Impersonation;
  /** The kubeconfig context this came from. */
  readonly contextName?: string;
}

/** @throws ConfigError, InvalidRequestError for options that cannot be used; before any I/O but the reading of certificates. */
export function connect(options: ClusterOptions, warnings: WarningCollector): Connection {
  const server = checkServer(options.server);
  const tlsFiles = new TlsFiles(options);
  if (options.namespace !== undefined) checkNamespace(options.namespace);
  const headers = {
    ...impersonationHeaders(options.impersonate),
    ...(options.disableCompression === true ? { "accept-encoding": "identity" } : {}),
  };
  return new Connection({
    server,
    tlsFiles,
    headers,
    warnings,
    session: options.session,
    credentials: credentialSource(options, tlsFiles),
  });
}

function credentialSource(options: ClusterOptions, tlsFiles: TlsFiles): CredentialSource {
  const { token, tokenFile, username, password, exec } = options;
  if (tokenFile !== undefined) return new TokenFile(tokenFile);
  if (token !== undefined) return fixedCredential(bearer(typeof token === "string" ? literalSecret(token, "kubernetes token") : token));
  if (username !== undefined) return fixedCredential(basic(username, password ?? ""));
  if (password !== undefined) throw optionError("password needs username beside it");
  if (exec !== undefined) return new ExecPlugin(exec, { ...options.plugin, cluster: () => clusterInfo(options, tlsFiles) });
  return fixedCredential(undefined);
}

function clusterInfo(options: ClusterOptions, tlsFiles: TlsFiles): ExecClusterInfo {
  const { ca } = tlsFiles;
  return {
    server: options.server,
    ...(options.tlsServerName === undefined ? {} : { "tls-server-name": options.tlsServerName }),
    ...(options.insecureSkipTlsVerify === true ? { "insecure-skip-tls-verify": true } : {}),
    ...(ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
    ...(options.disableCompression === true ? { "disable-compression": true } : {}),
    ...(options.execExtension === undefined ? {} : { config: options.execExtension }),
  };
}

function checkServer(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const complaint =
    url === undefined || !/^https?:\/\//i.test(server)
      ? "must be a URL that begins with https:// or http://"
      : url.username !== "" || url.password !== ""
        ? "must not hold a user name or a password: give token, or username and password"
        : url.search !== "" || url.hash !== ""
          ? "must not have a query or a fragment"
          : undefined;
  if (complaint === undefined) return server.replace(/\/+$/, "");
  throw new ConfigError({ code: "ERR_CONFIG", message: `kubernetes: the server ${JSON.stringify(redactUrl(server))} ${complaint}` });
}
