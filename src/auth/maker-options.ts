import { InvalidRequestError, nearest } from "../errors/index.ts";

/** What the options of one maker are called. */
export interface MakerOptions {
  /** For messages, e.g. "awsSigV4()". */
  readonly maker: string;
  readonly names: readonly string[];
}

/**
 * A copy of the caller's own fields, without prototype: options that somebody else set on Object.prototype change nothing.
 *
 * @throws InvalidRequestError ERR_INVALID_OPTION for an unknown name, with the nearest that exists
 */
export function readOptions<T extends object>(options: T, { maker, names }: MakerOptions): T {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalidOption(`${maker} takes an object with ${names.join(", ")}`);
  }
  const own = Object.create(null) as T;
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) {
      const near = nearest(name.replaceAll(/[_-]/g, ""), names);
      throw invalidOption(
        `${name} is not an option of ${maker}`,
        near === undefined ? `There are: ${names.join(", ")}.` : `Did you mean ${near}?`,
      );
    }
    Object.assign(own, { [name]: value });
  }
  return own;
}

/** A text that fits; what it must be stands in the message, its value does not. */
export function readText(value: unknown, place: string, { pattern, means }: { readonly pattern: RegExp; readonly means: string }): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  const problem = typeof value === "string" ? (value === "" ? "empty" : "something else") : value === null ? "null" : typeof value;
  throw invalidOption(`${place} must be ${means}; it is ${problem}`);
}

export function invalidOption(message: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `${message}.`, ...(hint === undefined ? {} : { hint }) });
}
