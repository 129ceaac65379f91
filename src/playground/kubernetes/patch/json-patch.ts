import { clone, isEqual, isObject, type Json, type JsonObject, textOf } from "../json.ts";

/** A patch that cannot be applied to this document: answered as 422 Invalid. */
export class JsonPatchError extends Error {
  override readonly name = "JsonPatchError";
}

export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** The operations of a JSON patch document, or an Error saying why it is none. */
export function parseJsonPatch(patch: Json): JsonPatchOperation[] | Error {
  if (!Array.isArray(patch)) return new Error("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  const operations: JsonPatchOperation[] = [];
  for (const item of patch) {
    if (!isObject(item)) return new Error("json: cannot unmarshal into Go value of type jsonpatch.Operation");
    const { op, path, from, value } = item;
    if (typeof op !== "string" || typeof path !== "string") return new Error(`Unexpected kind: ${textOf(op)}`);
    operations.push({
      op,
      path,
      ...(typeof from === "string" ? { from } : {}),
      ...("value" in item && value !== undefined ? { value } : {}),
    });
  }
  return operations;
}

/**
 * Applies RFC 6902 as the API server's library does: `replace` of a missing last key creates it,
 * `remove` of a missing key fails.
 */
export function applyJsonPatch(document: Json, operations: readonly JsonPatchOperation[]): Json {
  let root = clone(document);
  for (const operation of operations) root = applyOperation(root, operation);
  return root;
}

function applyOperation(root: Json, { op, path, from, value }: JsonPatchOperation): Json {
  switch (op) {
    case "add":
      return add(root, path, required(value, op, path));
    case "replace":
      return replace(root, path, required(value, op, path));
    case "remove":
      return remove(root, path);
    case "test":
      if (!isEqual(read(root, path) ?? null, value ?? null)) throw new JsonPatchError(`testing value ${path} failed: test failed`);
      return root;
    case "move": {
      const moved = existing(root, from ?? "", op);
      return add(remove(root, from ?? ""), path, moved);
    }
    case "copy":
      return add(root, path, clone(existing(root, from ?? "", op)));
    default:
      throw new JsonPatchError(`Unexpected kind: ${op}`);
  }
}

function required(value: Json | undefined, op: string, path: string): Json {
  if (value === undefined) throw new JsonPatchError(`${op} operation for path ${path} has no value`);
  return value;
}

function existing(root: Json, path: string, op: string): Json {
  const found = read(root, path);
  if (found === undefined) throw new JsonPatchError(`${op} operation does not apply: doc is missing from path: ${path}: missing value`);
  return found;
}

function tokens(path: string): string[] {
  if (path === "") return [];
  if (!path.startsWith("/")) throw new JsonPatchError(`path ${path} is not a JSON pointer`);
  return path
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function step(container: Json | undefined, token: string): Json | undefined {
  if (Array.isArray(container)) return container[indexOf(container, token)];
  return isObject(container) && Object.hasOwn(container, token) ? container[token] : undefined;
}

function indexOf(list: readonly Json[], token: string): number {
  if (!/^-?\d+$/.test(token)) return -1;
  const index = Number(token);
  // The library accepts negative indices, counted from the end.
  return index < 0 ? list.length + index : index;
}

function read(root: Json, path: string): Json | undefined {
  let current: Json | undefined = root;
  for (const token of tokens(path)) current = step(current, token);
  return current;
}

interface Place {
  readonly container: Json[] | JsonObject;
  readonly last: string;
}

function place(root: Json, path: string, op: string): Place {
  const all = tokens(path);
  const last = all.pop() ?? "";
  let current: Json | undefined = root;
  for (const token of all) current = step(current, token);
  if (!Array.isArray(current) && !isObject(current)) {
    throw new JsonPatchError(`${op} operation does not apply: doc is missing path: "${path}": missing value`);
  }
  return { container: current, last };
}

function add(root: Json, path: string, value: Json): Json {
  if (path === "") return value;
  const { container, last } = place(root, path, "add");
  if (!Array.isArray(container)) {
    container[last] = value;
    return root;
  }
  const index = last === "-" ? container.length : indexOf(container, last);
  if (index < 0 || index > container.length) throw new JsonPatchError(`Unable to access invalid index: ${last}: invalid index referenced`);
  container.splice(index, 0, value);
  return root;
}

function replace(root: Json, path: string, value: Json): Json {
  if (path === "") return value;
  const { container, last } = place(root, path, "replace");
  if (!Array.isArray(container)) {
    container[last] = value;
    return root;
  }
  const index = indexOf(container, last);
  if (index < 0 || index >= container.length) throw missing("replace", path);
  container[index] = value;
  return root;
}

function remove(root: Json, path: string): Json {
  const { container, last } = place(root, path, "remove");
  if (Array.isArray(container)) {
    const index = indexOf(container, last);
    if (index < 0 || index >= container.length) throw missing("remove", path);
    container.splice(index, 1);
    return root;
  }
  if (!Object.hasOwn(container, last)) throw missing("remove", path);
  delete container[last];
  return root;
}

function missing(op: string, path: string): JsonPatchError {
  return new JsonPatchError(`${op} operation does not apply: doc is missing key: ${path}: missing value`);
}
