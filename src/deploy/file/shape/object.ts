import { nearest } from "../../../errors/index.ts";
import type { Place } from "../place.ts";
import type { SourceEntry, SourceNode } from "../source-tree.ts";
import { reportMismatch, type JsonSchema, type Shape } from "./shape.ts";

export interface RequiredField<T> {
  readonly presence: "required";
  readonly shape: Shape<T>;
  /** One sentence, for editors. */
  readonly about: string;
}
export interface OptionalField<T> {
  readonly presence: "optional";
  readonly shape: Shape<T>;
  readonly about: string;
}
export interface DefaultField<T> {
  readonly presence: "default";
  readonly shape: Shape<T>;
  readonly about: string;
  readonly value: T;
  /** As the file would write it, for the schema. */
  readonly written: unknown;
}
type Field<T> = RequiredField<T> | OptionalField<T> | DefaultField<T>;
type Fields = Readonly<Record<string, Field<unknown>>>;

type FieldValue<F> =
  F extends RequiredField<infer T> ? T : F extends DefaultField<infer T> ? T : F extends OptionalField<infer T> ? T | undefined : never;

/** What a map of these fields reads as. */
export type ObjectValue<F extends Fields> = { readonly [K in keyof F]: FieldValue<F[K]> };

export function required<T>(shape: Shape<T>, about: string): RequiredField<T> {
  return { presence: "required", shape, about };
}

export function optional<T>(shape: Shape<T>, about: string): OptionalField<T> {
  return { presence: "optional", shape, about };
}

/** A field that reads as `value` when it is absent; `written` is the same in the file's notation. */
export function withDefault<T>(
  shape: Shape<T>,
  about: string,
  { value, written = value }: { readonly value: NoInfer<T>; readonly written?: unknown },
): DefaultField<T> {
  return { presence: "default", shape, about, value, written };
}

/** A map with exactly these keys. */
export function object<F extends Fields>(fields: F, takes = `a map of ${Object.keys(fields).join(", ")}`): Shape<ObjectValue<F>> {
  const shape: Shape<ObjectValue<F>> = {
    takes,
    schema: objectSchema(fields),
    read(node, place) {
      if (node.kind !== "map") return reportMismatch(shape, node, place);
      const value = readFields(fields, node, place);
      // Every key of `fields` was read by its own shape.
      return value === undefined ? undefined : (value as ObjectValue<F>);
    },
  };
  return shape;
}

function readFields(fields: Fields, node: SourceNode & { readonly kind: "map" }, place: Place): Record<string, unknown> | undefined {
  const entries = new Map<string, SourceEntry>(node.entries.map((entry) => [entry.key, entry]));
  let isWhole = reportUnknownKeys(fields, node.entries, place);
  const value: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const entry = entries.get(key);
    if (entry !== undefined) {
      value[key] = field.shape.read(entry.value, place.key(key));
      if (value[key] === undefined) isWhole = false;
    } else if (field.presence === "required") {
      place.report(node.at, `${key} is missing; it takes ${field.shape.takes}`);
      isWhole = false;
    } else {
      value[key] = field.presence === "default" ? field.value : undefined;
    }
  }
  return isWhole ? value : undefined;
}

function reportUnknownKeys(fields: Fields, entries: readonly SourceEntry[], place: Place): boolean {
  const known = Object.keys(fields);
  const unknown = entries.filter(({ key }) => !Object.hasOwn(fields, key));
  for (const { key, keyAt } of unknown) {
    const near = nearest(key, known, Math.min(2, Math.ceil(key.length / 2) - 1));
    const hint =
      key === "<<" ? "; merge keys are YAML 1.1, use an alias for the whole value." : near === undefined ? "." : `; did you mean ${near}?`;
    place.key(key).report(keyAt, `unknown key${hint} The keys here are ${known.join(", ")}`);
  }
  return unknown.length === 0;
}

function objectSchema(fields: Fields): JsonSchema {
  const properties = Object.entries(fields).map(([key, field]) => {
    const fallback = field.presence === "default" ? { default: field.written } : {};
    return [key, { description: field.about, ...field.shape.schema, ...fallback }] as const;
  });
  const requiredKeys = Object.entries(fields).flatMap(([key, { presence }]) => (presence === "required" ? [key] : []));
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(requiredKeys.length === 0 ? {} : { required: requiredKeys }),
    additionalProperties: false,
  };
}
