import { dirname, resolve } from "node:path";
import { literalSecret, type Secret } from "../../../secrets/index.ts";
import { EXEC_API_VERSIONS, INTERACTIVE_MODES, isExecApiVersion, isInteractiveMode, type ExecConfig } from "../credentials/exec-config.ts";
import type { ConfigNode } from "./config-node.ts";
import type { Impersonation, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from "./kubeconfig.ts";

/** Where kubectl puts what a cluster has for credential plugins. */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

export function readContext(name: string, node: ConfigNode): KubeconfigContext {
  const context = node.field("context");
  return {
    name,
    cluster: context.field("cluster").text(),
    user: context.field("user").text(),
    namespace: context.field("namespace").text(),
  };
}

export function readCluster(name: string, node: ConfigNode): KubeconfigCluster {
  const cluster = node.field("cluster");
  const extension = cluster
    .field("extensions")
    .items()
    .find((item) => item.field("name").text() === EXEC_EXTENSION);
  return {
    name,
    server: cluster.field("server").text(),
    ca: cluster.field("certificate-authority-data").pem() ?? path(cluster.field("certificate-authority")),
    insecureSkipTlsVerify: cluster.field("insecure-skip-tls-verify").flag(),
    tlsServerName: cluster.field("tls-server-name").text(),
    proxyUrl: cluster.field("proxy-url").text(),
    disableCompression: cluster.field("disable-compression").flag(),
    execExtension: extension?.field("extension").value(),
  };
}

export function readUser(name: string, node: ConfigNode): KubeconfigUser {
  const user = node.field("user");
  return {
    name,
    token: secretText(user.field("token")),
    tokenFile: path(user.field("tokenFile")),
    clientCertificate: user.field("client-certificate-data").pem() ?? path(user.field("client-certificate")),
    clientKey: secretPem(user.field("client-key-data")) ?? path(user.field("client-key")),
    username: user.field("username").text(),
    password: secretText(user.field("password")),
    impersonate: readImpersonation(user),
    exec: readExec(user.field("exec")),
    authProvider: readAuthProvider(user.field("auth-provider")),
  };
}

function readAuthProvider(node: ConfigNode): string | undefined {
  return node.isAbsent ? undefined : (node.field("name").text() ?? "without a name");
}

function readImpersonation(user: ConfigNode): Impersonation | undefined {
  const as = user.field("as").text();
  const uid = user.field("as-uid").text();
  const groups = user.field("as-groups").texts();
  const extra = Object.fromEntries(
    user
      .field("as-user-extra")
      .entries()
      .map(([key, values]) => [key, values.texts()]),
  );
  if (as !== undefined) return { user: as, uid, groups, extra };
  // The API server refuses them without a user; say so before asking it.
  const orphan =
    uid !== undefined ? "as-uid" : groups.length > 0 ? "as-groups" : Object.keys(extra).length > 0 ? "as-user-extra" : undefined;
  if (orphan !== undefined) throw user.field(orphan).error('needs "as" beside it: the user to act as');
  return undefined;
}

function readExec(node: ConfigNode): ExecConfig | undefined {
  if (node.isAbsent) return undefined;
  const apiVersion = node.field("apiVersion").text();
  if (!isExecApiVersion(apiVersion)) {
    throw node.field("apiVersion").error(`must be ${EXEC_API_VERSIONS.join(" or ")}; older plugins need an update`);
  }
  const command = node.field("command").text();
  if (command === undefined) throw node.error("needs a command");
  const modeNode = node.field("interactiveMode");
  // Required in v1; v1beta1 had a default.
  const mode = modeNode.text() ?? (apiVersion.endsWith("/v1") ? undefined : "IfAvailable");
  if (!isInteractiveMode(mode)) throw modeNode.error(`must be one of ${INTERACTIVE_MODES.join(", ")}`);
  return {
    apiVersion,
    // A bare name is looked up on PATH; a relative path is relative to the file that names it.
    command: /[/\\]/.test(command) ? resolve(dirname(node.file), command) : command,
    args: node.field("args").texts(),
    env: Object.fromEntries(node.field("env").items().map(readVariable)),
    installHint: node.field("installHint").text(),
    interactiveMode: mode,
    provideClusterInfo: node.field("provideClusterInfo").flag(),
  };
}

function readVariable(node: ConfigNode): readonly [string, string] {
  const name = node.field("name").text();
  if (name === undefined) throw node.error("needs a name");
  return [name, node.field("value").text() ?? ""];
}

function path(node: ConfigNode): string | undefined {
  const text = node.text();
  return text === undefined ? undefined : resolve(dirname(node.file), text);
}

function secretText(node: ConfigNode): Secret | undefined {
  const text = node.text();
  return text === undefined ? undefined : literalSecret(text, label(node));
}

function secretPem(node: ConfigNode): Secret | undefined {
  const pem = node.pem();
  return pem === undefined ? undefined : literalSecret(pem, label(node));
}

function label(node: ConfigNode): string {
  return `kubeconfig ${node.file} ${node.path}`;
}
