import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { startKubernetes, type AccessRule } from "../../src/playground/index.ts";
import type { DeployStage } from "./deploy-stage.ts";

/** What a deploy needs, and to keep others away: no more than a Role in one namespace. */
export const deployerRules: readonly AccessRule[] = [
  {
    subjects: ["deployers"],
    verbs: ["get", "list", "watch", "patch"],
    apiGroups: ["apps"],
    resources: ["deployments"],
    namespaces: ["shop"],
  },
  { subjects: ["deployers"], verbs: ["list"], apiGroups: ["apps"], resources: ["replicasets"], namespaces: ["shop"] },
  { subjects: ["deployers"], verbs: ["list"], apiGroups: [""], resources: ["pods"], namespaces: ["shop"] },
  { subjects: ["deployers"], verbs: ["create"], apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: ["shop"] },
  {
    subjects: ["deployers"],
    verbs: ["get", "update"],
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: ["errand-web"],
    namespaces: ["shop"],
  },
];

export interface KubeconfigParts {
  /** As below `users[].user`. */
  readonly user: object;
  /** Beside the server, as below `clusters[].cluster`. @default the stage's authority, by a path relative to the file */
  readonly cluster?: object;
  /** Relative to the stage's directory. @default "kubeconfig" */
  readonly path?: string;
}

/** Writes a kubeconfig for the stage's server, and its authority beside it. */
export async function writeKubeconfig(
  stage: DeployStage,
  { user, cluster = { "certificate-authority": "ca.pem" }, path = "kubeconfig" }: KubeconfigParts,
): Promise<void> {
  const { url, caPem = "" } = stage.kubernetes;
  const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  await stage.write(`${directory}ca.pem`, caPem);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "stage", cluster: { server: url, ...cluster } }],
    users: [{ name: "somebody", user }],
    contexts: [{ name: "stage", context: { cluster: "stage", user: "somebody", namespace: "shop" } }],
    "current-context": "stage",
  };
  await stage.write(path, stringify(config));
}

/** The authority of a cluster that has nothing to do with the stage's. */
export async function strangeAuthority(): Promise<string> {
  const strange = await startKubernetes({ tls: true });
  await strange.close();
  return strange.caPem ?? "";
}

/** What a credential plugin prints in one of its runs. */
export interface PluginAnswer {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  /** From that run on. @default it names no end */
  readonly expiresInMs?: number;
}

export interface PluginOptions {
  /** Of its first run, its second, ...; the last one repeats. */
  readonly answers: readonly PluginAnswer[];
  /** @default "v1" */
  readonly version?: "v1" | "v1beta1";
}

/** Writes a credential plugin into the stage's directory: `plugin.runs` has one line for each run, `plugin.info` what it was told last. */
export async function writePlugin(stage: DeployStage, { answers, version = "v1" }: PluginOptions): Promise<void> {
  const script = `#!/usr/bin/env node
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const answers = ${JSON.stringify(answers)};
const runs = join(__dirname, "plugin.runs");
appendFileSync(runs, "run\\n");
writeFileSync(join(__dirname, "plugin.info"), process.env.KUBERNETES_EXEC_INFO ?? "");
const count = readFileSync(runs, "utf8").split("\\n").length - 1;
const { expiresInMs, ...status } = answers[Math.min(count, answers.length) - 1];
if (expiresInMs !== undefined) status.expirationTimestamp = new Date(Date.now() + expiresInMs).toISOString();
console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/${version}", kind: "ExecCredential", status }));
`;
  await stage.write("plugin", script, 0o700);
}

export async function pluginRuns(stage: DeployStage): Promise<number> {
  return (await readFile(join(stage.directory, "plugin.runs"), "utf8")).split("\n").length - 1;
}

/** The user entry that names the plugin, by a path relative to the kubeconfig. */
export function pluginUser({
  version = "v1",
  ...exec
}: { readonly version?: "v1" | "v1beta1"; readonly [field: string]: unknown } = {}): object {
  return { exec: { apiVersion: `client.authentication.k8s.io/${version}`, command: "./plugin", interactiveMode: "Never", ...exec } };
}
