import { isSecret, redactRecorded } from "../secrets/index.ts";
import { FlowError } from "./flow-error.ts";

/**
 * The JSON that gives the value back exactly; undefined for undefined. Fields that are undefined are absent from it.
 *
 * @param what names the value in messages, e.g. `step "list" of run 7`
 * @throws FlowError ERR_NOT_JSON, ERR_SECRET_RECORDED, which name the place
 */
export function toStored(value: unknown, what: string): string | undefined {
  if (value === undefined) return undefined;
  const found = firstForeign(value, { path: "", ancestors: [] });
  if (found !== undefined) throw notJSON(what, found);
  const text = JSON.stringify(value);
  // One look at the whole text; only what holds a secret is gone through field by field.
  if (redactRecorded(text) !== text) {
    const path = secretPlace(value, "");
    if (path !== undefined) throw secretRecorded(what, path);
  }
  return text;
}

export function fromStored(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

interface Foreign {
  readonly path: string;
  readonly problem: string;
}

function firstForeign(value: unknown, place: { readonly path: string; readonly ancestors: readonly object[] }): Foreign | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : { path: place.path, problem: `is ${value}` };
    case "object":
      return value === null ? undefined : foreignInside(value, place);
    default:
      return { path: place.path, problem: value === undefined ? "is undefined" : `is a ${typeof value}` };
  }
}

function foreignInside(
  value: object,
  { path, ancestors }: { readonly path: string; readonly ancestors: readonly object[] },
): Foreign | undefined {
  if (isSecret(value)) return { path, problem: `is the Secret ${value.reference}` };
  if (ancestors.includes(value)) return { path, problem: "leads back to itself" };
  const inside = [...ancestors, value];
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = firstForeign(value[index], { path: `${path}[${index}]`, ancestors: inside });
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isPlainElsewhere(prototype))
    return { path, problem: `is a ${className(value)}` };
  if ("toJSON" in value && typeof value.toJSON === "function") return { path: fieldPath(path, "toJSON"), problem: "is a function" };
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const found = firstForeign(item, { path: fieldPath(path, key), ancestors: inside });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An object literal of another realm, such as a vm context. */
function isPlainElsewhere(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf")
  );
}

function className(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "class instance";
}

function secretPlace(value: unknown, path: string): string | undefined {
  if (typeof value === "string") return redactRecorded(value) === value ? undefined : path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : fieldPath(path, redactRecorded(key));
    if (redactRecorded(key) !== key) return at;
    const found = secretPlace(item, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fieldPath(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function notJSON(what: string, { path, problem }: Foreign): FlowError {
  return new FlowError({
    code: "ERR_NOT_JSON",
    message: `${what} cannot be recorded: ${path === "" ? "the value" : path} ${problem}, which is not JSON`,
    hint: "Return what is needed of it as plain JSON, e.g. response.json() or date.toISOString().",
  });
}

function secretRecorded(what: string, path: string): FlowError {
  return new FlowError({
    code: "ERR_SECRET_RECORDED",
    message: `${what} was not recorded: ${path === "" ? "the value" : path} holds a secret`,
    hint: "Leave the field out; the step that needs the secret opens it.",
  });
}
