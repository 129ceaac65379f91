import { refine, type Shape } from "./shape.ts";

/** A map in which exactly one of these keys stands. */
export function exactlyOne<T extends object>(shape: Shape<T>, keys: readonly (keyof T & string)[]): Shape<T> {
  const checked = refine(shape, (value, node, place) => {
    const present = keys.filter((key) => value[key] !== undefined);
    if (present.length === 1) return true;
    const list = keys.join(", ");
    return place.report(
      node.at,
      present.length === 0 ? `takes one of ${list}, and none stands here` : `takes one of ${list}, not ${present.join(" and ")} together`,
    );
  });
  return { ...checked, schema: { ...shape.schema, oneOf: keys.map((key) => ({ required: [key] })) } };
}
