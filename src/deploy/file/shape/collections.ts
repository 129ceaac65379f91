import type { Place } from "../place.ts";
import type { SourceNode } from "../source-tree.ts";
import { reportMismatch, type Shape } from "./shape.ts";

/** A list whose items are all of one shape. */
export function listOf<T>(item: Shape<T>, { takes, min = 0 }: { readonly takes: string; readonly min?: number }): Shape<readonly T[]> {
  const shape: Shape<readonly T[]> = {
    takes,
    schema: { type: "array", items: item.schema, ...(min === 0 ? {} : { minItems: min }) },
    read(node, place) {
      if (node.kind !== "list" || node.items.length < min) {
        if (node.kind === "list") return void place.report(node.at, `is empty; it takes ${takes}`);
        return reportMismatch(shape, node, place);
      }
      const items = node.items.map((child, index) => item.read(child, place.index(index)));
      const whole = items.filter((value) => value !== undefined);
      return whole.length === items.length ? whole : undefined;
    },
  };
  return shape;
}

/** A value, or a list of such values. */
export function oneOrMany<T>(item: Shape<T>, takes: string): Shape<readonly T[]> {
  const many = listOf(item, { takes, min: 1 });
  return {
    takes,
    schema: { anyOf: [item.schema, many.schema] },
    read(node, place) {
      if (node.kind === "list") return many.read(node, place);
      const value = item.read(node, place);
      return value === undefined ? undefined : [value];
    },
  };
}

export interface MapOfOptions {
  readonly takes: string;
  readonly min?: number;
  /** Why this key is refused; undefined when it is not. */
  readonly refuseKey?: (key: string) => string | undefined;
}

/** A map with keys of the user's choice, and values of one shape; the shape may depend on the key. */
export function mapOf<T>(
  valueOf: (key: string) => Shape<T>,
  { takes, min = 0, refuseKey }: MapOfOptions,
): Shape<Readonly<Record<string, T>>> {
  const shape: Shape<Readonly<Record<string, T>>> = {
    takes,
    schema: { type: "object", additionalProperties: valueOf("").schema, ...(min === 0 ? {} : { minProperties: min }) },
    read(node, place) {
      if (node.kind !== "map") return reportMismatch(shape, node, place);
      if (node.entries.length < min) return void place.report(node.at, `is empty; it takes ${takes}`);
      const entries = node.entries.map(({ key, keyAt, value }) => {
        const refusal = refuseKey?.(key);
        if (refusal !== undefined) place.key(key).report(keyAt, refusal);
        const read = readEntry(valueOf(key), value, place.key(key));
        return refusal === undefined ? ([key, read] as const) : ([key, undefined] as const);
      });
      const whole = entries.filter((entry): entry is readonly [string, T & {}] => entry[1] !== undefined);
      return whole.length === entries.length ? Object.fromEntries(whole) : undefined;
    },
  };
  return shape;
}

function readEntry<T>(shape: Shape<T>, node: SourceNode, place: Place): T | undefined {
  return shape.read(node, place);
}
