import { ConfigError, nearest } from "../errors/index.ts";
import type { SecretStore } from "./secret-store.ts";

/**
 * `env:NAME`: an environment variable.
 *
 * The value is taken as it is, whitespace included, for a password may end in a space; a line break then fails where
 * the header is checked, by name. Read once; `refreshSecret` reads it again.
 */
export const envStore: SecretStore = {
  scheme: "env",
  ttlMs: undefined,
  validate(rest) {
    if (rest === "") return "the variable's name is missing, e.g. env:API_TOKEN";
    if (rest.startsWith("$")) return "the variable's name goes without the $, e.g. env:API_TOKEN";
    // Kubernetes allows dots and dashes beside POSIX names.
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(rest))
      return "after env: stands the name of a variable (letters, digits, _), not a value, e.g. env:API_TOKEN";
    return undefined;
  },
  read(name) {
    // hasOwn: process.env inherits from Object.prototype.
    const value = Object.hasOwn(process.env, name) ? process.env[name] : undefined;
    if (value === undefined) {
      const similar = nearest(name, Object.keys(process.env), 2);
      throw new ConfigError({
        code: "ERR_SECRET",
        message: `The secret env:${name} cannot be read: the environment variable ${name} is not set${similar === undefined ? "" : ` (${similar} is)`}.`,
        hint: `Set it before the start: export ${name}=...`,
      });
    }
    if (value.trim() === "") {
      throw new ConfigError({
        code: "ERR_SECRET",
        message: `The secret env:${name} cannot be used: the environment variable ${name} is set but ${value === "" ? "empty" : "blank"}.`,
        hint: "An empty variable often comes from a CI secret that is not available to this job.",
      });
    }
    return value;
  },
};
