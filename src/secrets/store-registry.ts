import { ConfigError } from "../errors/index.ts";
import { envStore } from "./env-store.ts";
import { fileStore } from "./file-store.ts";
import type { SecretStore } from "./secret-store.ts";

const stores = new Map<string, SecretStore>([envStore, fileStore].map((store) => [store.scheme, store]));

/**
 * Makes `secret("SCHEME:...")` read from a store.
 *
 * @throws ConfigError `ERR_SECRET` when the scheme is malformed or belongs to another store.
 */
export function registerSecretStore(store: SecretStore): void {
  if (!/^[a-z][a-z0-9+.-]*$/.test(store.scheme)) {
    throw new ConfigError({
      code: "ERR_SECRET",
      message: `"${store.scheme}" cannot be the scheme of a secret store: it takes a lower-case letter, then letters, digits, "+", "." or "-".`,
    });
  }
  const existing = stores.get(store.scheme);
  if (existing !== undefined && existing !== store) {
    throw new ConfigError({
      code: "ERR_SECRET",
      message: `A secret store for "${store.scheme}:" is already registered; choose another scheme.`,
    });
  }
  stores.set(store.scheme, store);
}

/** The store of a scheme. */
export function secretStore(scheme: string): SecretStore | undefined {
  return stores.get(scheme);
}

/** The registered schemes, oldest first. */
export function secretSchemes(): readonly string[] {
  return [...stores.keys()];
}
