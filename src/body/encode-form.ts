import type { BodyOptions, FormValue } from "./body-options.ts";
import { BytesBody } from "./encoded-body.ts";
import { invalidBody, kindOf } from "./invalid-body.ts";

/** Name and value, in the order they are sent. */
export type FormPair = readonly [name: string, value: string];

/** `form` as `application/x-www-form-urlencoded` (WHATWG URL 5.2). */
export function encodeForm(form: NonNullable<BodyOptions["form"]>): BytesBody {
  const pairs = formPairs(form).map(([name, value]): [string, string] => [name, value]);
  return new BytesBody(Buffer.from(new URLSearchParams(pairs).toString()), "application/x-www-form-urlencoded");
}

/** The fields of a form, repeated names included. */
export function formPairs(form: NonNullable<BodyOptions["form"]>): FormPair[] {
  if (form instanceof URLSearchParams) return [...form];
  if (isPairList(form)) return form.map(checkPair);
  if (typeof form !== "object" || form === null)
    throw invalidBody(
      `form must be an object, pairs or URLSearchParams, not ${kindOf(form)}`,
      "Text that is already encoded goes into body.",
    );
  return Object.entries(form).flatMap(([name, value]) => fieldPairs(name, value));
}

// Array.isArray alone does not narrow readonly arrays.
function isPairList(form: NonNullable<BodyOptions["form"]>): form is readonly (readonly string[])[] {
  return Array.isArray(form);
}

function checkPair(pair: unknown, index: number): FormPair {
  if (Array.isArray(pair) && pair.length === 2) {
    const [name, value]: unknown[] = pair;
    if (typeof name === "string" && typeof value === "string") return [name, value];
  }
  throw invalidBody(
    `form[${index}] must be a pair of strings: ["name", "value"]`,
    "An object takes numbers and booleans too: form: { name: value }.",
  );
}

function fieldPairs(name: string, value: FormValue | readonly FormValue[]): FormPair[] {
  const values: readonly FormValue[] = isValueList(value) ? value : [value];
  const place = `form.${name}`;
  return values.flatMap((item, index) => {
    const text = fieldText(item, isValueList(value) ? `${place}[${index}]` : place);
    return text === undefined ? [] : [[name, text] as const];
  });
}

function isValueList(value: FormValue | readonly FormValue[]): value is readonly FormValue[] {
  return Array.isArray(value);
}

function fieldText(value: FormValue, place: string): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value)))
    return String(value);
  throw invalidBody(
    `${place} must be a string, a finite number, a boolean, a bigint or null, not ${typeof value === "number" ? String(value) : kindOf(value)}`,
    "Turn it into text first: JSON.stringify(value), date.toISOString(). Files go into files.",
  );
}
