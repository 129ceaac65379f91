import { addField } from "../fields.ts";
import type { ResponseStart } from "../handler.ts";
import { malformed } from "./failure.ts";

/** How the body of a response is delimited (RFC 9112 6.3). */
export type Framing = "none" | "chunked" | "close" | number;

export interface ParsedHead extends ResponseStart {
  readonly framing: Framing;
  /** Whether the server keeps the connection open afterwards. */
  readonly isKeptAlive: boolean;
  /** Seconds after which the server closes an idle connection, where it says so. */
  readonly keepAliveSeconds: number | undefined;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\u0020-\u007e\u0080-\u00ff]*))?$/;
const nonAscii = /[\u0080-\u00ff]/;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const decimal = /^\d{1,15}$/;
const crlf = "\r\n";

/** Reads a head without its last empty line; octets as latin1. */
export function parseHead(folded: string, method: string): ParsedHead {
  // RFC 9112 5.2: a value may go on over lines that begin with white space.
  const text = folded.includes("\r\n ") || folded.includes("\r\n\t") ? unfold(folded) : folded;
  const end = lineEnd(text, 0);
  const [, minor, digits, reason = ""] = statusLine.exec(text.slice(0, end)) ?? [];
  if (digits === undefined) throw malformed("its status line");
  const status = Number(digits);
  if (status === 101) throw malformed("it changes to another protocol unasked");
  const { headers, rawHeaders } = parseFields(text, end + crlf.length);
  const isHttp10 = minor === "0";
  const framing = framingOf({ headers, status, method, isHttp10 });
  return {
    status,
    statusText: nonAscii.test(reason) ? readReason(reason) : reason,
    headers,
    rawHeaders,
    framing,
    isKeptAlive: framing !== "close" && isKeptAlive(headers, isHttp10) && !hasStrayBody(headers, status),
    keepAliveSeconds: headers["keep-alive"] === undefined ? undefined : keepAliveSeconds(String(headers["keep-alive"])),
  };
}

function unfold(text: string): string {
  const end = text.indexOf("\r\n");
  return text.slice(0, end) + text.slice(end).replaceAll(/([^\r\n])[ \t]*\r\n[ \t]+/g, "$1 ");
}

/** By hand: the results of regular expressions would be a quarter of what a request leaves to the garbage collector. */
function parseFields(text: string, begin: number): Pick<ResponseStart, "headers" | "rawHeaders"> {
  const headers = Object.create(null) as Record<string, string | string[] | undefined>;
  const rawHeaders: string[] = [];
  for (let start = begin; start < text.length;) {
    const end = lineEnd(text, start);
    const colon = text.indexOf(":", start);
    const name = text.slice(start, colon < 0 ? start : colon);
    const value = withoutPadding(text.slice(colon + 1, end));
    if (!token.test(name) || !fieldValue.test(value)) throw malformed(`header line ${rawHeaders.length / 2 + 1}`);
    rawHeaders.push(name, value);
    addField(headers, name.toLowerCase(), value);
    start = end + crlf.length;
  }
  return { headers, rawHeaders };
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf(crlf, start);
  return end < 0 ? text.length : end;
}

/** Spaces and tabs alone: an octet A0 at the end may be half of a letter. */
function withoutPadding(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** It has no charset of its own (RFC 9112 4); servers write UTF-8, and some latin1. */
function readReason(reason: string): string {
  const text = Buffer.from(reason, "latin1").toString();
  return text.includes("\ufffd") ? reason : text;
}

type Fields = Readonly<Record<string, string | string[] | undefined>>;

function framingOf({
  headers,
  status,
  method,
  isHttp10,
}: {
  readonly headers: Fields;
  readonly status: number;
  readonly method: string;
  readonly isHttp10: boolean;
}): Framing {
  const length = contentLength(headers["content-length"]);
  const coding = headers["transfer-encoding"];
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return "none";
  if (coding !== undefined) {
    // RFC 9112 6.1, 11.2: both, or one that the protocol does not have, is how responses are smuggled.
    if (length !== undefined) throw malformed("both Content-Length and Transfer-Encoding");
    if (String(coding).toLowerCase() !== "chunked") throw malformed("a Transfer-Encoding that was not asked for");
  }
  if (coding !== undefined) return isHttp10 ? "close" : "chunked";
  return length ?? "close";
}

/** RFC 9112 6.3: a list of the same length is that length. */
function contentLength(value: string | string[] | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && decimal.test(value)) return Number(value);
  const all = (Array.isArray(value) ? value.join(",") : value).split(",").map((each) => each.trim());
  const [first = ""] = all;
  if (!decimal.test(first) || all.some((each) => each !== first)) throw malformed("its Content-Length");
  return Number(first);
}

function isKeptAlive({ connection }: Fields, isHttp10: boolean): boolean {
  if (connection === undefined) return !isHttp10;
  const options = String(connection).toLowerCase();
  if (/(?:^|,)[ \t]*close[ \t]*(?:,|$)/.test(options)) return false;
  return !isHttp10 || /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/.test(options);
}

/** A 204 or 304 that announces a body may well send one, which would stand before the next response. */
function hasStrayBody(headers: Fields, status: number): boolean {
  if (status !== 204 && status !== 304) return false;
  return headers["transfer-encoding"] !== undefined || (status === 204 && (headers["content-length"] ?? "0") !== "0");
}

function keepAliveSeconds(value: string): number | undefined {
  const [, seconds] = /(?:^|[,; \t])timeout=(\d{1,9})/i.exec(value) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}
