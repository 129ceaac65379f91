import { stringify } from "yaml";
import type { CertificatePair } from "./tls/authority.ts";

/** How a kubeconfig of the stand-in identifies its user. */
export type Credentials = "none" | "token" | "client-certificate" | "exec";

/** What is written to a kubeconfig of the stand-in. */
export interface KubeconfigOptions {
  /** Default: "token" when the server demands credentials, else "none". */
  readonly credentials?: Credentials;
  /** Name of the context, and of its cluster and user. Default "playground". */
  readonly context?: string;
  /** Default "default". */
  readonly namespace?: string;
  /** A token other than the server's first one. */
  readonly token?: string;
  /** With "client-certificate": one from `clientCertificate()`. Default: an administrator's. */
  readonly certificate?: CertificatePair;
  /** With "exec": the plugin. Default: one that prints the token. */
  readonly exec?: ExecOptions;
}

/** An exec plugin for the kubeconfig. */
export interface ExecOptions {
  /** Default: this Node, with a program in its arguments that prints the token. */
  readonly command?: string;
  /** Arguments of the command. Default: none with a command of your own. */
  readonly args?: readonly string[];
  /** Variables for the plugin. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default v1. */
  readonly apiVersion?: "v1" | "v1beta1";
  /** Tells the plugin about the cluster. Default false. */
  readonly provideClusterInfo?: boolean;
}

/** What a kubeconfig is written from. */
export interface ServerFacts {
  readonly url: string;
  readonly caPem: string | undefined;
  readonly token: string | undefined;
  readonly certificate: CertificatePair | undefined;
}

/** A kubeconfig for the server, as YAML. Nothing is written to disk. */
export function formatKubeconfig(facts: ServerFacts, options: KubeconfigOptions & { readonly credentials: Credentials }): string {
  const { context = "playground", namespace = "default" } = options;
  const cluster = { server: facts.url, ...(facts.caPem === undefined ? {} : { "certificate-authority-data": base64(facts.caPem) }) };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster }],
    users: [{ name: context, user: userEntry(facts, options) }],
    contexts: [{ name: context, context: { cluster: context, user: context, namespace } }],
    "current-context": context,
    preferences: {},
  });
}

function userEntry(facts: ServerFacts, options: KubeconfigOptions & { readonly credentials: Credentials }): object {
  const { credentials, token = facts.token, exec = {}, certificate = facts.certificate } = options;
  switch (credentials) {
    case "none":
      return {};
    case "token":
      return { token: needed(token, "a token") };
    case "client-certificate": {
      const { certPem, keyPem } = needed(certificate, "a client certificate");
      return { "client-certificate-data": base64(certPem), "client-key-data": base64(keyPem) };
    }
    case "exec":
      return { exec: execEntry(exec, token) };
  }
}

function execEntry(
  { command, args, env = {}, apiVersion = "v1", provideClusterInfo = false }: ExecOptions,
  token: string | undefined,
): object {
  const version = `client.authentication.k8s.io/${apiVersion}`;
  const printed = (): string[] => {
    const credential = { apiVersion: version, kind: "ExecCredential", status: { token: needed(token, "a token") } };
    return ["-e", `console.log(${JSON.stringify(JSON.stringify(credential))})`];
  };
  return {
    apiVersion: version,
    command: command ?? process.execPath,
    args: args ?? (command === undefined ? printed() : []),
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    interactiveMode: "Never",
    provideClusterInfo,
  };
}

function needed<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new TypeError(`this stand-in has no ${what.replace(/^an? /, "")}: start it with tls or tokens`);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
