import { BytesBody } from "./encoded-body.ts";
import { invalidBody, kindOf } from "./invalid-body.ts";

/** Deeper values, and everything unusual, take the exact path below. */
const MAX_QUICK_DEPTH = 100;

/** `json` as a body: compact UTF-8, refusing what JSON.stringify would drop or turn into null without a word. */
export function encodeJson(value: unknown): BytesBody {
  const text = isPlainJson(value, 0) ? JSON.stringify(value) : stringifyExactly(value);
  return new BytesBody(Buffer.from(text), "application/json");
}

/** True when JSON.stringify loses nothing: the common case, at a fraction of a replacer's cost. */
function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value !== "object") return typeof value === "number" ? Number.isFinite(value) : isScalar(value);
  if (value === null) return true;
  if (depth > MAX_QUICK_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => item === undefined || isPlainJson(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value instanceof Date && !Number.isNaN(value.getTime());
  if ("toJSON" in value) return false;
  return hasPlainMembers(value, depth);
}

function hasPlainMembers(object: object, depth: number): boolean {
  for (const key in object) {
    const item: unknown = Reflect.get(object, key);
    if (item !== undefined && !isPlainJson(item, depth + 1)) return false;
  }
  return true;
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean";
}

interface Ancestor {
  readonly value: object;
  readonly path: string;
}

/** A replacer sees exactly what will be written (after toJSON, each key once), so it can name the place of what cannot. */
function stringifyExactly(root: unknown): string {
  const ancestors: Ancestor[] = [];
  function replace(this: unknown, key: string, value: unknown): unknown {
    while (ancestors.length > 0 && ancestors.at(-1)?.value !== this) ancestors.pop();
    const parent = ancestors.at(-1);
    const path = parent === undefined ? "$" : childPath(parent, key);
    const original: unknown = isObject(this) ? Reflect.get(this, key) : value;
    refuseWhatJsonLoses(value, original, path);
    if (typeof value === "bigint") return rawInteger(value, path);
    if (isObject(value)) {
      const twin = ancestors.find((ancestor) => ancestor.value === value);
      if (twin !== undefined)
        throw invalidJson(path, `is a circle: it points back to ${twin.path}`, "Send a copy without the back reference.");
      ancestors.push({ value, path });
    }
    return value;
  }
  const text = stringifyOrRefuse(root, replace);
  if (text === undefined) throw invalidJson("$", "has a toJSON() that returns nothing", "Return the value to be sent.");
  return text;
}

function stringifyOrRefuse(root: unknown, replace: (this: unknown, key: string, value: unknown) => unknown): string | undefined {
  try {
    return JSON.stringify(root, replace);
  } catch (error) {
    // V8's own recursion: the only RangeErrors here are an exhausted stack and a text beyond its longest string.
    if (!(error instanceof RangeError)) throw error;
    const isLength = error.message.includes("string length");
    const reason = isLength ? "is longer than a JavaScript string can be" : "is nested too deeply to be written";
    throw invalidJson("$", reason, isLength ? "Send it as a stream: body." : "Flatten it, or write the text yourself and send it as body.");
  }
}

function refuseWhatJsonLoses(value: unknown, original: unknown, path: string): void {
  if (typeof value === "number" && !Number.isFinite(value))
    throw invalidJson(path, `is ${value}`, "JSON has no such number; send null or a string.");
  if (typeof value === "function" || typeof value === "symbol")
    throw invalidJson(path, `is a ${typeof value}`, "JSON cannot hold it; leave it out.");
  if (original instanceof Date && value === null) throw invalidJson(path, "is an invalid Date", "Check how the date was parsed.");
  if (value instanceof Map) throw invalidJson(path, "is a Map", "JSON would write {}; use Object.fromEntries(map).");
  if (value instanceof Set) throw invalidJson(path, "is a Set", "JSON would write {}; use [...set].");
  if (value instanceof Promise) throw invalidJson(path, "is a promise", "JSON would write {}; await it first.");
  if (value instanceof ArrayBuffer || (ArrayBuffer.isView(value) && !Buffer.isBuffer(value)))
    throw invalidJson(path, `is ${kindOf(value)}`, 'Bytes have no JSON form; encode them, e.g. Buffer.from(bytes).toString("base64").');
}

function childPath(parent: Ancestor, key: string): string {
  if (Array.isArray(parent.value)) return `${parent.path}[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${parent.path}.${key}` : `${parent.path}[${JSON.stringify(key)}]`;
}

function invalidJson(path: string, reason: string, hint: string): Error {
  return invalidBody(`json cannot be sent: ${path} ${reason}`, hint);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The counterpart of json({ bigint: true }): an id that was read as a bigint can be written back. */
function rawInteger(value: bigint, path: string): unknown {
  // JSON.rawJSON (ES proposal "JSON.parse source text access") is in Node since 21 but not in TypeScript's ES2023 library.
  const rawJSON: unknown = Reflect.get(JSON, "rawJSON");
  if (typeof rawJSON !== "function") throw invalidJson(path, "is a bigint", "Send it as a string.");
  return rawJSON.call(JSON, value.toString());
}
