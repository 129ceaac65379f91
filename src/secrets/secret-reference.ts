import { ConfigError, ErrandError, nearest } from "../errors/index.ts";
import { Secret } from "./secret.ts";
import type { SecretStore } from "./secret-store.ts";
import { secretSchemes, secretStore } from "./store-registry.ts";

/**
 * A secret by reference: `env:NAME` or `file:/path`, and the schemes added with `registerSecretStore`.
 *
 * Nothing is read before the first use. Files are read again after 60 s, environment variables after a 401.
 * @example bearer(secret("env:API_TOKEN"))
 * @throws ConfigError `ERR_SECRET` when the reference is malformed or its scheme unknown.
 */
export function secret(reference: string): Secret {
  const { store, rest } = parse(reference);
  const normalized = `${store.scheme}:${rest}`;
  const problem = store.validate?.(rest);
  // The rest is not quoted: people paste the credential itself here.
  if (problem !== undefined) throw referenceError(`The secret reference "${store.scheme}:..." is malformed: ${problem}.`);
  return new Secret(normalized, { ttlMs: store.ttlMs, read: () => readChecked(store, rest, normalized) });
}

function parse(reference: unknown): { readonly store: SecretStore; readonly rest: string } {
  const examples = 'secret() takes a reference such as "env:API_TOKEN" or "file:/run/secrets/token"';
  if (typeof reference !== "string") throw referenceError(`${examples}, not ${reference === null ? "null" : typeof reference}.`);
  const colon = reference.indexOf(":");
  if (colon === -1)
    throw referenceError(`${examples}, not a value without a scheme.`, 'A value at hand is wrapped with literalSecret(value, "label").');
  const scheme = reference.slice(0, colon).toLowerCase();
  const store = secretStore(scheme);
  if (store !== undefined) return { store, rest: reference.slice(colon + 1) };
  const known = secretSchemes();
  const closest = nearest(scheme, known, 2);
  // A scheme that does not look like one may be the beginning of a credential.
  const shown = /^[a-z]{1,12}$/.test(scheme)
    ? `No secret store is registered for "${scheme}:"`
    : "The secret reference does not begin with a known scheme";
  throw referenceError(
    `${shown}; registered: ${known.map((name) => `${name}:`).join(", ")}.${closest === undefined ? "" : ` Did you mean ${closest}:?`}`,
    'For example "env:API_TOKEN" or "file:/run/secrets/token"; other stores are added with registerSecretStore().',
  );
}

function referenceError(message: string, hint?: string): ConfigError {
  return new ConfigError({ code: "ERR_SECRET", message, ...(hint === undefined ? {} : { hint }) });
}

function readChecked(store: SecretStore, rest: string, reference: string): string | Promise<string> {
  try {
    const value = store.read(rest);
    if (typeof value === "string") return check(value, reference);
    return value.then(
      (read) => check(read, reference),
      (error: unknown) => {
        throw readError(error, reference);
      },
    );
  } catch (error) {
    throw readError(error, reference);
  }
}

/** Stores are written by others too: what they return is checked. */
function check(value: unknown, reference: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw referenceError(
    `The secret ${reference} cannot be used: its store returned ${value === "" ? "an empty value" : `${typeof value}, not a string`}.`,
  );
}

function readError(error: unknown, reference: string): ErrandError {
  if (error instanceof ErrandError) return error;
  const reason = error instanceof Error ? error.name : typeof error;
  return new ConfigError({
    code: "ERR_SECRET",
    message: `The secret ${reference} cannot be read: its store failed (${reason}; see the cause).`,
    cause: error,
  });
}
