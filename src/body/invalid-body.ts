import { InvalidRequestError } from "../errors/index.ts";

/** The one error of this room's encoding half: nothing was sent, or not to its end. */
export function invalidBody(message: string, hint: string, cause?: unknown): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_BODY", message, hint, cause });
}

/** Names the kind of a wrong value without showing the value, which may be secret. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  if (typeof name !== "string" || name === "" || name === "Object") return "an object";
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}
