/** A success of the HTTP API. */
export interface Answer {
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** Milliseconds since the epoch. */
  readonly serverTimeMs: number | undefined;
}

/** The answer is JSON, but not what the API gives; the message says where. */
export class UnexpectedShape extends Error {
  override readonly name = "UnexpectedShape";
}

/** An object of JSON. */
export type JSONObject = Readonly<Record<string, unknown>>;

/** @throws UnexpectedShape when it is no object */
export function objectAt(value: unknown, place: string): JSONObject {
  if (isObject(value)) return value;
  throw unexpected(value, place, "an object");
}

/** @throws UnexpectedShape when it is no list */
export function listAt(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(value, place, "a list");
}

/** @throws UnexpectedShape when it is no text */
export function textAt(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  throw unexpected(value, place, "a text");
}

/** Labels or annotations. @throws UnexpectedShape when it is no object of texts */
export function textsAt(value: unknown, place: string): Readonly<Record<string, string>> {
  const object = objectAt(value, place);
  if (areTexts(object)) return object;
  throw new UnexpectedShape(`${place} has a value that is no text`);
}

/** The texts of a list that may be absent. */
export function optionalTexts(value: unknown, place: string): readonly string[] {
  return value === undefined || value === null ? [] : listAt(value, place).map((item, index) => textAt(item, `${place}[${index}]`));
}

export function isObject(value: unknown): value is JSONObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areTexts(object: JSONObject): object is Readonly<Record<string, string>> {
  return Object.values(object).every((value) => typeof value === "string");
}

function unexpected(value: unknown, place: string, wanted: string): UnexpectedShape {
  const kind = value === null ? "null" : Array.isArray(value) ? "a list" : value === undefined ? "missing" : `of type ${typeof value}`;
  return new UnexpectedShape(`${place} is ${kind} where ${wanted} was expected`);
}
