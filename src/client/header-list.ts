import { InvalidRequestError } from "../errors/index.ts";
import { isCredentialHeader, isSecret, type Secret } from "../secrets/index.ts";
import type { HeaderInput, HeadersInput } from "./options.ts";
import { plainRecord } from "./plain-record.ts";

/** One value as the caller gave it: a Secret stays closed until the request is written. */
export type HeaderValue = string | Secret;

interface Entry {
  readonly name: string;
  readonly values: readonly HeaderValue[];
}

/** Headers as the wire wants them; `values` only where a Secret must be opened first. */
export type FlatHeaders = { readonly text: readonly string[] } | { readonly text: undefined; readonly values: readonly HeaderValue[] };

/** RFC 9110 5.6.2 */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5: visible latin-1, space and tab. */
const valid = /^[\t\x20-\x7e\x80-\xff]*$/;
const padded = /^[\t ]|[\t ]$/;

// Framing and hop-by-hop headers decide where a message ends: they are the transport's (RFC 9112 6, request smuggling).
const reserved = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "http2-settings",
]);

/** Request headers in the order they were given; names in any case are one header. */
export class HeaderList {
  readonly #entries: Map<string, Entry>;
  #flat: FlatHeaders | undefined;

  constructor(from?: HeaderList) {
    this.#entries = new Map(from === undefined ? undefined : from.#entries);
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  /** The first value, when it is not a Secret. */
  get(name: string): string | undefined {
    const value = this.#entries.get(name.toLowerCase())?.values[0];
    return typeof value === "string" ? value : undefined;
  }

  /** The first value, a Secret as it is. */
  value(name: string): HeaderValue | undefined {
    return this.#entries.get(name.toLowerCase())?.values[0];
  }

  set(name: string, value: HeaderValue): void {
    this.#flat = undefined;
    this.#entries.set(name.toLowerCase(), { name, values: [value] });
  }

  delete(name: string): void {
    this.#flat = undefined;
    this.#entries.delete(name.toLowerCase());
  }

  /** Lays a caller's headers over these: `null` removes, `undefined` leaves alone. Throws for what cannot be sent. */
  merge(input: HeadersInput): void {
    this.#flat = undefined;
    for (const [name, value] of entriesOf(input)) {
      if (value === undefined) continue;
      const key = checkName(name);
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, { name, values: checkValues(name, value) });
    }
  }

  /** Removes credentials for another origin: the listed names, those that end like one, and every header that holds a Secret. */
  dropCredentials(names: ReadonlySet<string>): void {
    this.#flat = undefined;
    for (const [key, { values }] of this.#entries) {
      if (names.has(key) || isCredentialHeader(key) || values.some((value) => typeof value !== "string")) this.#entries.delete(key);
    }
  }

  /** Removes what describes a body that is no longer sent (RFC 9110 15.4). */
  dropContent(): void {
    this.#flat = undefined;
    for (const key of this.#entries.keys())
      if (key.startsWith("content-") || key === "digest" || key === "repr-digest") this.#entries.delete(key);
  }

  /** Names as they were given, each with its values. */
  *lines(): Generator<readonly [name: string, values: readonly HeaderValue[]]> {
    for (const { name, values } of this.#entries.values()) yield [name, values];
  }

  /** name, value, name, value: all text, or with Secrets still closed. */
  flat(): FlatHeaders {
    this.#flat ??= this.#flatten();
    return this.#flat;
  }

  #flatten(): FlatHeaders {
    const values: HeaderValue[] = [];
    for (const entry of this.#entries.values()) for (const value of entry.values) values.push(entry.name, value);
    const text = values.filter((value) => typeof value === "string");
    return text.length === values.length ? { text } : { text: undefined, values };
  }
}

/** Own fields only: what somebody put on Object.prototype is no header. */
function entriesOf(input: HeadersInput): [string, HeaderInput][] {
  return Object.entries(plainRecord(input, "headers"));
}

function checkName(name: string): string {
  if (!token.test(name)) {
    throw invalidHeader(
      `header name ${JSON.stringify(name)} is not a token (RFC 9110 5.6.2)`,
      "Letters, digits and hyphens only; no colon, space or newline.",
    );
  }
  const key = name.toLowerCase();
  if (reserved.has(key))
    throw invalidHeader(
      `header ${name} cannot be set`,
      "Framing and connection headers are errand's: they follow from body and connection.",
    );
  return key;
}

function checkValues(name: string, value: string | number | Secret | readonly string[]): readonly HeaderValue[] {
  if (typeof value === "string") return [checkValue(name, value)];
  if (typeof value === "number" && Number.isFinite(value)) return [String(value)];
  if (isSecret(value)) return [value];
  if (Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === "string"))
    return value.map((line: string) => checkValue(name, line));
  throw invalidHeader(
    `header ${name} has a value of type ${Array.isArray(value) ? "array" : typeof value}`,
    "A header takes a string, a number, a Secret, or a list of strings.",
  );
}

/** Throws for a value that would break the message; the value itself is never shown. */
export function checkValue(name: string, value: string): string {
  if (valid.test(value)) {
    if (!padded.test(value)) return value;
    throw invalidHeader(
      `the value of header ${name} begins or ends with white space`,
      "Trim it: it would be lost on the way (RFC 9110 5.5).",
    );
  }
  const place = value.search(/[^\t\x20-\x7e\x80-\xff]/);
  const bad = value.charCodeAt(place);
  const what =
    bad === 10 || bad === 13
      ? "a line break"
      : bad === 0
        ? "a NUL"
        : bad < 0x20 || bad === 0x7f
          ? "a control character"
          : "a character outside latin-1";
  const hint =
    bad === 10 || bad === 13
      ? 'Trim it: values read from files often end with a newline (secret("file:...") trims).'
      : "Percent-encode it, or use RFC 8187 encoding where the header allows it.";
  throw invalidHeader(`the value of header ${name} has ${what} at position ${place + 1}`, hint);
}

function invalidHeader(message: string, hint: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_HEADER", message, hint });
}
