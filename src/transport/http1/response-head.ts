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
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\u0020-\u007e\u0080-\u00ff]*)$/;

/** Reads a head without its last empty line; octets as latin1. */
export function parseHead(text: string, method: string): ParsedHead {
  // RFC 9112 5.2: a value may go on over lines that begin with white space.
  const lines = (text.includes("\r\n ") || text.includes("\r\n\t") ? unfold(text) : text).split("\r\n");
  const [, minor, digits, reason = ""] = statusLine.exec(lines[0] ?? "") ?? [];
  if (digits === undefined) throw malformed("its status line");
  const status = Number(digits);
  if (status === 101) throw malformed("it changes to another protocol unasked");
  const headers = Object.create(null) as Record<string, string | string[] | undefined>;
  const rawHeaders: string[] = [];
  for (let i = 1; i < lines.length; i += 1) {
    const field = fieldLine.exec(lines[i] ?? "");
    if (field === null) throw malformed(`header line ${i}`);
    const [, name = "", padded = ""] = field;
    const value = withoutPadding(padded);
    rawHeaders.push(name, value);
    addField(headers, name.toLowerCase(), value);
  }
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

/** Spaces and tabs alone: an octet A0 at the end may be half of a letter. */
function withoutPadding(value: string): string {
  let end = value.length;
  while (end > 0 && (value[end - 1] === " " || value[end - 1] === "\t")) end -= 1;
  return end === value.length ? value : value.slice(0, end);
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
  const all = (Array.isArray(value) ? value.join(",") : value).split(",").map((each) => each.trim());
  const [first = ""] = all;
  if (!/^\d{1,15}$/.test(first) || all.some((each) => each !== first)) throw malformed("its Content-Length");
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
