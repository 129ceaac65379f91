import { InvalidRequestError } from "../errors/index.ts";

/** The value itself when it is an object of names and values; a Map, a list or a text would be read as something else, so it is refused. */
export function plainRecord<T extends object>(value: T, option: string): T {
  const given: unknown = value;
  if (typeof given === "object" && given !== null && !(Symbol.iterator in given)) return value;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${option} is ${kindOf(given)}`,
    hint: `It takes an object of names and values; of pairs, a Map or Headers make one with Object.fromEntries().`,
  });
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Map) return "a Map";
  return typeof value === "object" ? "an iterable" : `a value of type ${typeof value}`;
}
