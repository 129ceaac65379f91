import { reportMismatch, type JsonSchema, type Shape } from "./shape.ts";

export interface TextOptions {
  /** @default "a text" */
  readonly takes?: string;
  /** Anchored by the caller. */
  readonly pattern?: RegExp;
  readonly format?: string;
  /** Why this text is refused, although the pattern fits; undefined when it is not. */
  readonly refuse?: (text: string) => string | undefined;
}

/** A text that is not empty. */
export function text({ takes = "a text", pattern, format, refuse }: TextOptions = {}): Shape<string> {
  const schema: JsonSchema = {
    type: "string",
    minLength: 1,
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
    ...(format === undefined ? {} : { format }),
  };
  const shape: Shape<string> = {
    takes,
    schema,
    read(node, place) {
      if (node.kind !== "scalar" || typeof node.value !== "string") return reportMismatch(shape, node, place);
      const refusal = refuse?.(node.value);
      if (refusal !== undefined) return void place.report(node.at, refusal);
      if (node.value === "" || (pattern !== undefined && !pattern.test(node.value))) return reportMismatch(shape, node, place);
      return node.value;
    },
  };
  return shape;
}

export interface NumberOptions {
  readonly takes: string;
  readonly isInteger?: boolean;
  readonly min?: number;
  readonly max?: number;
}

/** A finite number in these limits. */
export function number({ takes, isInteger = false, min, max }: NumberOptions): Shape<number> {
  const schema: JsonSchema = {
    type: isInteger ? "integer" : "number",
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  };
  const shape: Shape<number> = {
    takes,
    schema,
    read(node, place) {
      if (node.kind !== "scalar" || typeof node.value !== "number") return reportMismatch(shape, node, place);
      const { value } = node;
      const fits =
        Number.isFinite(value) && (!isInteger || Number.isSafeInteger(value)) && value >= (min ?? -Infinity) && value <= (max ?? Infinity);
      return fits ? value : reportMismatch(shape, node, place);
    },
  };
  return shape;
}

/** `true` or `false`, as YAML 1.2 writes them: `yes` and `on` are texts. */
export function boolean(): Shape<boolean> {
  const shape: Shape<boolean> = {
    takes: "true or false",
    schema: { type: "boolean" },
    read(node, place) {
      return node.kind === "scalar" && typeof node.value === "boolean" ? node.value : reportMismatch(shape, node, place);
    },
  };
  return shape;
}

/** One of a few fixed values. */
export function oneOf<const T extends string | number | boolean>(...values: readonly T[]): Shape<T> {
  const shape: Shape<T> = {
    takes: values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`,
    schema: values.length === 1 ? { const: values[0] } : { enum: values },
    read(node, place) {
      const found = node.kind === "scalar" ? values.find((value) => value === node.value) : undefined;
      return found ?? reportMismatch(shape, node, place);
    },
  };
  return shape;
}
