import { ConfigError, ErrandError } from "../errors/index.ts";
import { MIN_RECORDED_LENGTH, recordLongValue } from "./recorded-values.ts";
import { openSecret, refreshSecret, Secret } from "./secret.ts";

/**
 * A secret computed from another, such as a header value around a token; it shows as `[secret LABEL]`.
 *
 * Opens and refreshes its base and is synchronous whenever that is. `transform` must be pure. An error of errand's own
 * from it is passed on; the text of any other is withheld, because parsers quote what they read.
 */
export function derivedSecret(base: Secret, transform: (value: string) => string, label: string): Secret {
  let last: { readonly from: string; readonly to: string } | undefined;
  const derive = (value: string): string => {
    if (last?.from !== value) last = { from: value, to: applyTransform(transform, value, label) };
    return last.to;
  };
  return new Secret(label, {
    ttlMs: 0,
    read() {
      const value = openSecret(base);
      return typeof value === "string" ? derive(value) : value.then(derive);
    },
    refresh: () => refreshSecret(base),
    record(value) {
      // Where the base stands in it as it is, the base's own entry already covers it.
      const from = last?.from ?? "";
      if (from.trim().length < MIN_RECORDED_LENGTH || !value.includes(from)) recordLongValue(value);
    },
  });
}

function applyTransform(transform: (value: string) => string, value: string, label: string): string {
  try {
    return transform(value);
  } catch (error) {
    if (error instanceof ErrandError) throw error;
    const kind = error instanceof Error ? error.name : typeof error;
    // No cause: its message may quote the secret (JSON.parse does).
    throw new ConfigError({
      code: "ERR_SECRET",
      message: `The secret ${label} cannot be derived from its source (${kind}; the details may quote it and are withheld).`,
    });
  }
}
