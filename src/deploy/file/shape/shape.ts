import type { Place } from "../place.ts";
import { describeNode, type SourceNode } from "../source-tree.ts";

/** A JSON Schema of draft 2020-12, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What one value of the deploy file takes. Reading and the editors' JSON Schema come from the same object, so that they cannot
 * drift apart.
 */
export interface Shape<T> {
  /** As it follows "takes": `a number such as 0.5`. */
  readonly takes: string;
  readonly schema: JsonSchema;
  /** The value, or undefined after a problem was reported. */
  read(node: SourceNode, place: Place): T | undefined;
}

/** The report of a value that is of the wrong kind altogether. */
export function reportMismatch(shape: Pick<Shape<unknown>, "takes">, node: SourceNode, place: Place): undefined {
  if (node.kind !== "broken") place.report(node.at, `takes ${shape.takes}, not ${describeNode(node)}`);
}

/** The same shape with a further condition; `check` reports what it finds and says whether the value may be used. */
export function refine<T>(shape: Shape<T>, check: (value: T, node: SourceNode, place: Place) => boolean): Shape<T> {
  return {
    ...shape,
    read(node, place) {
      const value = shape.read(node, place);
      return value !== undefined && check(value, node, place) ? value : undefined;
    },
  };
}

/** The same notation, read as something else. */
export function mapped<A, B>(shape: Shape<A>, convert: (value: A) => B): Shape<B> {
  return {
    takes: shape.takes,
    schema: shape.schema,
    read(node, place) {
      const value = shape.read(node, place);
      return value === undefined ? undefined : convert(value);
    },
  };
}
