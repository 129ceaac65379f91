import { bearer, type Auth } from "../../../auth/index.ts";
import { ConfigError } from "../../../errors/index.ts";
import { literalSecret, redactText } from "../../../secrets/index.ts";
import type { ClientCertificate } from "./credential.ts";
import type { ExecApiVersion } from "./exec-config.ts";

/** What a credential plugin printed, checked. */
export interface ExecCredential {
  readonly auth: Auth | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** Milliseconds since the epoch; undefined: good until the server says no. */
  readonly expiresAtMs: number | undefined;
  /** Tells whether another run gave the same. */
  readonly fingerprint: string;
}

/** What the plugin is told on its way, in KUBERNETES_EXEC_INFO. */
export interface ExecClusterInfo {
  readonly server: string;
  readonly "tls-server-name"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  /** Base64. */
  readonly "certificate-authority-data"?: string;
  readonly "disable-compression"?: boolean;
  /** What the kubeconfig's cluster has for plugins. */
  readonly config?: unknown;
}

/** The value of KUBERNETES_EXEC_INFO. */
export function execInfo(apiVersion: ExecApiVersion, spec: { readonly interactive: boolean; readonly cluster?: ExecClusterInfo }): string {
  return JSON.stringify({ kind: "ExecCredential", apiVersion, spec });
}

/**
 * Reads a plugin's output.
 *
 * @param name names the command in errors
 * @throws ConfigError (ERR_CREDENTIAL_PLUGIN) that says what is wrong with it and shows none of it
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
 */
export function parseExecCredential(
  output: string,
  { apiVersion, name }: { readonly apiVersion: ExecApiVersion; readonly name: string },
): ExecCredential {
  const answer = parseObject(output, name);
  if (answer["kind"] !== "ExecCredential") throw pluginError(name, "printed JSON whose kind is not ExecCredential");
  if (answer["apiVersion"] !== apiVersion) {
    throw pluginError(
      name,
      `printed another apiVersion than the ${apiVersion} that the kubeconfig asks for`,
      "Update the plugin, or the kubeconfig.",
    );
  }
  const status = answer["status"];
  if (!isObject(status)) throw pluginError(name, "printed no status: it found no credentials", "It may need a login first.");
  const token = text(status, "token", name);
  const cert = text(status, "clientCertificateData", name);
  const key = text(status, "clientKeyData", name);
  if ((cert === undefined) !== (key === undefined))
    throw pluginError(name, "printed a client certificate without its key, or a key without its certificate");
  if (token === undefined && cert === undefined) throw pluginError(name, "printed neither a token nor a client certificate");
  if (cert !== undefined && !cert.includes("-----BEGIN ")) throw pluginError(name, "printed a clientCertificateData that is not PEM text");
  return {
    auth: token === undefined ? undefined : bearer(literalSecret(token, `token of ${name}`)),
    certificate: cert === undefined || key === undefined ? undefined : { cert, key: literalSecret(key, `client key of ${name}`) },
    expiresAtMs: expiry(text(status, "expirationTimestamp", name), name),
    fingerprint: JSON.stringify([token, cert, key]),
  };
}

function parseObject(output: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    // V8's message quotes the text, which may hold a token: it does not become the cause.
    value = undefined;
  }
  if (isObject(value)) return value;
  throw pluginError(name, output.trim() === "" ? "printed nothing" : "printed something that is not a JSON object");
}

function text(status: Readonly<Record<string, unknown>>, field: string, name: string): string | undefined {
  const value = status[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw pluginError(name, `printed a status.${field} that is not text`);
  return value.trim() === "" ? undefined : value;
}

function expiry(timestamp: string | undefined, name: string): number | undefined {
  if (timestamp === undefined) return undefined;
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) throw pluginError(name, "printed an expirationTimestamp that is no RFC 3339 time");
  return ms;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function pluginError(name: string, complaint: string, hint?: string): ConfigError {
  const shown = redactText(name);
  return new ConfigError({
    code: "ERR_CREDENTIAL_PLUGIN",
    message: `kubernetes: the credential plugin ${shown} ${complaint}`,
    hint: hint ?? `Run it by hand: ${shown}`,
  });
}
