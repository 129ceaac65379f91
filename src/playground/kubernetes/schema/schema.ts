/** What one field of the API holds: enough to decode strictly, to merge strategically and to own fields. */
export type Schema = ScalarSchema | OpaqueSchema | MapSchema | ObjectSchema | ListSchema;

export interface ScalarSchema {
  readonly type: "string" | "integer" | "boolean" | "intOrString" | "microTime";
  /** A plain (not pointer) Go field with omitempty: its zero value is the same as absence. */
  readonly omitsZero?: boolean;
}
/** Any JSON: fields whose inner shape the stand-in does not use. */
export interface OpaqueSchema {
  readonly type: "opaque";
}
export interface MapSchema {
  readonly type: "map";
  readonly values: Schema;
}
export interface ObjectSchema {
  readonly type: "object";
  /** Name of the Go struct: part of the real decoding errors. */
  readonly goType: string;
  readonly fields: Readonly<Record<string, Schema>>;
  /** patchStrategy retainKeys: a patch may name the only keys to keep. */
  readonly retainKeys?: boolean;
  /** Owned and applied as one value. */
  readonly isAtomic?: boolean;
}
export interface ListSchema {
  readonly type: "list";
  readonly items: Schema;
  /** patchMergeKey of a strategic merge; absent: the list is replaced. */
  readonly mergeKey?: string;
  /** Keys that identify an element for server-side apply; absent: one value. */
  readonly mapKeys?: readonly string[];
  /** A list of scalars that merges as a set. */
  readonly isSet?: boolean;
}

export const string: ScalarSchema = { type: "string", omitsZero: true };
/** A string that may be empty, which differs from absence. */
export const optionalString: ScalarSchema = { type: "string" };
/** An integer whose 0 differs from absence. */
export const integer: ScalarSchema = { type: "integer" };
/** An integer that is absent when 0, as the counts of a status are. */
export const count: ScalarSchema = { type: "integer", omitsZero: true };
/** A boolean whose false differs from absence. */
export const boolean: ScalarSchema = { type: "boolean" };
/** A boolean that is absent when false. */
export const flag: ScalarSchema = { type: "boolean", omitsZero: true };
export const intOrString: ScalarSchema = { type: "intOrString" };
/** metav1.MicroTime: RFC 3339 with six digits. */
export const microTime: ScalarSchema = { type: "microTime" };
export const opaque: OpaqueSchema = { type: "opaque" };

export function map(values: Schema): MapSchema {
  return { type: "map", values };
}
export function object(goType: string, fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return { type: "object", goType, fields };
}
/** A list that is always replaced whole. */
export function atomicList(items: Schema): ListSchema {
  return { type: "list", items };
}
/** A list whose elements are told apart by keys; `mergeKey` alone counts for strategic merges. */
export function keyedList(items: Schema, mergeKey: string, mapKeys: readonly string[] = [mergeKey]): ListSchema {
  return { type: "list", items, mergeKey, mapKeys };
}
export function setList(items: Schema): ListSchema {
  return { type: "list", items, isSet: true };
}

/** Fields that all hold the same kind of value, by their names between spaces. */
export function fields(schema: Schema, names: string): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, schema]),
  );
}
