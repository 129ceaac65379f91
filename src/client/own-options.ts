import { InvalidRequestError } from "../errors/index.ts";

const sharedNames = ["params", "headers", "auth", "timeout", "idleTimeout", "deadline", "retry", "redirect", "maxResponseSize", "allowAbsolute", "onAttempt"];

/** Every option of a call. */
export const requestOptionNames: ReadonlySet<string> = new Set([
  ...sharedNames,
  ...["body", "json", "form", "files", "signal", "idempotencyKey", "stream", "fallback"],
]);

/** Every option of a session. */
export const sessionOptionNames: ReadonlySet<string> = new Set([
  ...sharedNames,
  ...["baseUrl", "connectTimeout", "tls", "maxConnections", "addresses", "honoursIdempotencyKey", "credentialHeaders"],
]);

/**
 * A copy without prototype: options set on Object.prototype by somebody else change nothing.
 * An unknown name is an error, for a misspelt `timeOut` would silently be the default.
 */
export function ownOptions<T extends object>(options: T, known: ReadonlySet<string>, kind: string): T {
  const own = Object.create(null) as T;
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw unknownOption(name, known, kind);
    own[name as keyof T] = options[name as keyof T];
  }
  return own;
}

function unknownOption(name: string, known: ReadonlySet<string>, kind: string): InvalidRequestError {
  const near = [...known].find((other) => other.toLowerCase() === name.toLowerCase().replaceAll(/[_-]/g, ""));
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${name} is not an option of a ${kind}`,
    hint: near === undefined ? `There are: ${[...known].join(", ")}.` : `Did you mean ${near}?`,
  });
}
