import { isUtf8 } from "node:buffer";
import { DecodeError, type RequestSummary } from "../errors/index.ts";
import { prefix } from "./content-coding.ts";
import { decodeText } from "./decode-text.ts";
import { findJsonFault, positionOf } from "./json-fault.ts";
import { asBuffer, byteOrderMark } from "./text-encoding.ts";

/** What the error of a body that is not JSON says about it. */
export interface JsonContext {
  /** Integers beyond 2^53 as bigint instead of a rounded number; default false. */
  readonly bigint?: boolean;
  readonly status?: number;
  readonly contentType?: string;
  readonly request?: RequestSummary;
  /** Takes the secrets out of the beginning of the body; without it the error has no `snippet`. */
  readonly redact?: (text: string) => string;
}

const SNIPPET_LENGTH = 500;
/** Redaction needs to see a secret whole, so it gets more than is shown. */
const REDACTED_LENGTH = 64 * 1024;

/**
 * The JSON of a body (RFC 8259): UTF-8 with its byte order mark removed; UTF-16 with a mark, and a declared charset when
 * the bytes are not UTF-8, are understood too. `__proto__` is an ordinary key.
 *
 * @throws DecodeError (ERR_DECODE) naming status, content type, length and position; the text is only in its redacted,
 * non-enumerable `snippet`.
 */
export function parseJson(bytes: Uint8Array, context: JsonContext): unknown {
  const text = jsonText(bytes, context);
  try {
    return parseJsonText(text, context.bigint === true);
  } catch {
    // V8's error quotes the text, so it may not become the cause.
    throw notJson(text, bytes.length, context);
  }
}

/** JSON.parse, with large integers kept when asked for. */
export function parseJsonText(text: string, keepsIntegers: boolean): unknown {
  // 2^53 has 16 digits: most texts need no reviver, which costs several times the parsing.
  return keepsIntegers && /\d{16}/.test(text) ? parseKeepingIntegers(text) : JSON.parse(text);
}

function parseKeepingIntegers(text: string): unknown {
  // The third argument (ES proposal "JSON.parse source text access") is in Node since 21 but not in TypeScript's ES2023 library.
  const revive = (_key: string, value: unknown, ...rest: unknown[]): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = sourceOf(rest[0]);
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive);
}

function sourceOf(context: unknown): string | undefined {
  return typeof context === "object" && context !== null && "source" in context && typeof context.source === "string"
    ? context.source
    : undefined;
}

function jsonText(bytes: Uint8Array, { contentType, request }: JsonContext): string {
  const mark = byteOrderMark(bytes);
  if (mark?.charset === "utf-8") return decodeText(bytes.subarray(3), undefined, request);
  const namesOther = contentType !== undefined && /charset\s*=\s*"?(?!utf-?8)/i.test(contentType);
  return decodeText(bytes, namesOther && !isUtf8(asBuffer(bytes)) ? contentType : undefined, request);
}

function notJson(text: string, sizeBytes: number, context: JsonContext): DecodeError {
  const isEmpty = text.trim() === "";
  const about = [
    ...(context.status === undefined ? [] : [`status ${context.status}`]),
    context.contentType === undefined
      ? "no content type"
      : `content type ${printable(context.redact?.(context.contentType) ?? context.contentType)}`,
    `${sizeBytes} bytes`,
  ].join(", ");
  return new DecodeError({
    code: "ERR_DECODE",
    message: `${prefix(context.request)}${isEmpty ? "the body is empty where JSON was expected" : `the body is not JSON: ${faultOf(text)}`} (${about})`,
    hint: hintFor(text, isEmpty, context.redact !== undefined),
    request: context.request,
    snippet: isEmpty ? undefined : snippetOf(text, context.redact),
  });
}

/** Reason and place of the first fault, in words, without any of the text. */
export function faultOf(text: string): string {
  const fault = findJsonFault(text);
  if (fault === undefined) return "it is nested too deeply";
  const { line, column } = positionOf(text, fault.offset);
  return `${fault.reason} at line ${line}, column ${column}`;
}

/** The beginning of the text with its secrets taken out. */
export function snippetOf(text: string, redact: JsonContext["redact"]): string | undefined {
  return redact?.(text.slice(0, REDACTED_LENGTH)).slice(0, SNIPPET_LENGTH);
}

function hintFor(text: string, isEmpty: boolean, hasSnippet: boolean): string {
  if (isEmpty) return "Look at the status before reading JSON: a 204, and many answers to DELETE and PUT, have no body.";
  if (/^\s*</.test(text.slice(0, 100))) return "It looks like HTML or XML: often a login page, a proxy's error page, or a wrong path.";
  return hasSnippet ? "error.snippet has the redacted beginning of the body." : "Look at the body's text.";
}

function printable(header: string): string {
  return header.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, "?");
}
