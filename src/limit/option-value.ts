import { InvalidRequestError, nearest } from "../errors/index.ts";

/** The given object's own options. A copy without a prototype: what somebody put on Object.prototype is not an option. */
export function ownKeys<T extends object>(given: T, known: readonly string[], option: string): T {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    const remedy = near === undefined ? `${option} takes ${known.join(", ")}` : `Did you mean ${option}.${near}?`;
    throw invalidOption(`${option}.${unknown} is not an option. ${remedy}`);
  }
  return Object.assign(Object.create(null), given);
}

/** The value, if it is one to count with; `option` is its name in the message. */
export function wholeNumber(value: number, option: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalidOption(`${option}: ${showValue(value)} cannot be used. It takes a whole number above 0`);
}

/** A wrong value for a message; what could hold anything only by its type. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

export function invalidOption(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
