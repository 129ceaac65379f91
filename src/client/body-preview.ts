import { redactText, redactUrl, redactValue } from "../secrets/index.ts";
import type { RequestOptions } from "./options.ts";

/** A plan is read by people: a longer body tells them no more. */
const longestPreview = 1000;

/** The beginning of a call's body as it may be shown; undefined without one. What cannot be read without consuming it is named. */
export function bodyPreview({ body, json, form, files }: RequestOptions): string | undefined {
  try {
    if (json !== undefined) return cut(JSON.stringify(redactValue(json)));
    if (files !== undefined) return cut(`[files: ${Object.keys(files).map(redactText).join(", ")}]`);
    if (form !== undefined) return cut(formText(form));
    return body === undefined ? undefined : cut(sourceText(body));
  } catch {
    // A body that cannot even be shown; whether it can be sent is found when it is.
    return "[not readable]";
  }
}

function formText(form: NonNullable<RequestOptions["form"]>): string {
  if (form instanceof URLSearchParams) return queryOf([...form]);
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(form) ? form : Object.entries(form);
  return queryOf(pairs.map(([name, value]) => [name, String(value)]));
}

/** By the rules for queries: a field with a credential's name keeps its value to itself. */
function queryOf(pairs: readonly (readonly [string, string])[]): string {
  const fields = redactValue(pairs.map(([name, value]) => ({ name, value })));
  if (!Array.isArray(fields)) return "";
  return fields.map((field: { name: string; value: string }) => `${field.name}=${field.value}`).join("&");
}

function sourceText(body: NonNullable<RequestOptions["body"]>): string {
  if (typeof body === "string") return textPreview(body);
  if (body instanceof URLSearchParams) return queryOf([...body]);
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) return `[${body.byteLength} bytes]`;
  if (body instanceof Blob) return `[${body.size} bytes]`;
  return "path" in body && typeof body.path === "string" ? `[file ${redactUrl(body.path)}]` : "[stream]";
}

/** A JSON text is redacted by its fields, too. */
function textPreview(body: string): string {
  try {
    return JSON.stringify(redactValue(JSON.parse(body)));
  } catch {
    return redactText(body);
  }
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= longestPreview ? text : `${text.slice(0, longestPreview)}…`;
}
