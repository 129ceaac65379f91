import { InvalidRequestError, nearest } from "../errors/index.ts";

const sharedNames = [
  "params",
  "headers",
  "auth",
  "timeout",
  "idleTimeout",
  "deadline",
  "retry",
  "redirect",
  "maxResponseSize",
  "allowAbsolute",
  "onAttempt",
  "dryRun",
];
const requestNames = [
  "body",
  "json",
  "form",
  "files",
  "signal",
  "idempotencyKey",
  "safe",
  "stream",
  "fallback",
  "decompress",
  "onProgress",
];
const sessionNames = [
  "baseUrl",
  "connectTimeout",
  "tls",
  "proxy",
  "socketPath",
  "maxConnections",
  "addresses",
  "http2",
  "honoursIdempotencyKey",
  "credentialHeaders",
  "concurrency",
  "rate",
  "breaker",
  "cookies",
  "tracing",
];

/** Every option of a call. */
export const requestOptionNames: ReadonlySet<string> = new Set([...sharedNames, ...requestNames]);

/** Every option of a session. */
export const sessionOptionNames: ReadonlySet<string> = new Set([...sharedNames, ...sessionNames]);

/**
 * A copy without prototype: options set on Object.prototype by somebody else change nothing.
 * An unknown name is an error, for a misspelt `timeOut` would silently be the default.
 */
export function ownOptions<T extends object>(options: T, known: ReadonlySet<string>, kind: string): T {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw notOptions(given, kind);
  const own = Object.create(null) as T;
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw unknownOption(name, known, kind);
    own[name as keyof T] = options[name as keyof T];
  }
  return own;
}

function unknownOption(name: string, known: ReadonlySet<string>, kind: string): InvalidRequestError {
  const near = nearest(name.replaceAll(/[_-]/g, ""), known) ?? synonyms.get(name.toLowerCase());
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${name} is not an option of a ${kind}`,
    hint: near === undefined || !known.has(near) ? `There are: ${[...known].join(", ")}.` : `Did you mean ${near}?`,
  });
}

/** What other libraries call it. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["data", "body"],
  ["query", "params"],
  ["searchparams", "params"],
  ["prefixurl", "baseUrl"],
  ["base_url", "baseUrl"],
  ["verify", "tls"],
  ["cert", "tls"],
  ["retries", "retry"],
  ["followredirect", "redirect"],
  ["allow_redirects", "redirect"],
]);

function notOptions(given: unknown, kind: string): InvalidRequestError {
  const what = given === null ? "null" : Array.isArray(given) ? "an array" : `a value of type ${typeof given}`;
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `the options of a ${kind} are ${what}`,
    hint: 'They are an object: { timeout: "10s" }.',
  });
}
