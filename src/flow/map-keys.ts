import { hash } from "node:crypto";
import { redactRecorded } from "../secrets/index.ts";
import { FlowError } from "./flow-error.ts";

/** What the steps of an item are found by: unique within its list. */
export type KeyOf<I> = (item: I, index: number) => string;

/**
 * The keys of a list: by the function, else each item's `id`, else its index.
 *
 * @throws FlowError ERR_STEP_NAME when two items have one key, ERR_SECRET_RECORDED when a key holds a secret
 */
export function mapKeys<I>(name: string, items: readonly I[], keyOf: KeyOf<I> = ownKey): readonly string[] {
  const seen = new Map<string, number>();
  const keys = items.map((item, index) => {
    const key = keyOf(item, index);
    if (typeof key !== "string" || key === "") throw keyError(name, `the key of item ${index} is no text`);
    const before = seen.get(key);
    if (before !== undefined) throw keyError(name, `items ${before} and ${index} have the same key`);
    seen.set(key, index);
    return key;
  });
  const text = keys.join("\n");
  if (redactRecorded(text) !== text) throw secretKey(name);
  return keys;
}

/** A digest of the keys, in their order, with the count in front. */
export function keyDigest(keys: readonly string[]): string {
  return `${keys.length}:${hash("sha256", JSON.stringify(keys), "base64url")}`;
}

function ownKey(item: unknown, index: number): string {
  if (typeof item !== "object" || item === null || !("id" in item)) return String(index);
  return typeof item.id === "string" || typeof item.id === "number" ? String(item.id) : String(index);
}

function keyError(name: string, problem: string): FlowError {
  return new FlowError({
    code: "ERR_STEP_NAME",
    message: `map ${JSON.stringify(name)}: ${problem}`,
    hint: "Give a key: { key: (item, index) => ... }, a text that no other item of the list has.",
  });
}

function secretKey(name: string): FlowError {
  return new FlowError({
    code: "ERR_SECRET_RECORDED",
    message: `map ${JSON.stringify(name)}: a key holds a secret, and keys are recorded`,
    hint: "Give another key: { key: (item, index) => ... }.",
  });
}
