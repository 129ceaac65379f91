import { ConfigError } from "../errors/index.ts";
import { recordSecretValue } from "./recorded-values.ts";
import { Secret } from "./secret.ts";

/**
 * A secret whose value came from elsewhere (a kubeconfig, a webhook URL); it shows as `[secret LABEL]`.
 *
 * The value is redacted from this call on. `label` must not contain it.
 * @throws ConfigError `ERR_SECRET` when the value is not a string or empty.
 */
export function literalSecret(value: string, label: string): Secret {
  const given: unknown = value;
  if (typeof given !== "string" || given === "") {
    throw new ConfigError({
      code: "ERR_SECRET",
      message: `The secret "${label}" has no value: ${given === "" ? "it is an empty string" : `it is ${given === null ? "null" : typeof given}, not a string`}.`,
      hint: 'For a value from the environment use secret("env:NAME"), which says when the variable is not set.',
    });
  }
  recordSecretValue(given, label);
  return new Secret(label, { ttlMs: undefined, read: () => given, refresh: () => Promise.resolve(false) });
}
