import { sensitiveHeaders, type OutgoingHttpHeaders } from "node:http2";
import type { DispatchOptions, ResponseHeaders } from "../dispatcher.ts";

/** RFC 9113 8.2.2: they speak of an HTTP/1.1 connection; `host` becomes :authority. */
const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "te",
  "http2-settings",
  "host",
  "expect",
]);

/** Kept out of the compression table of every hop (RFC 7541 7.1.3). */
const neverIndexed = ["authorization", "cookie", "proxy-authorization"];

/** Methods whose lack of a body is told by a length (RFC 9110 8.6). */
const bodyMethods: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

export interface RequestHead {
  readonly fields: OutgoingHttpHeaders;
  /** As the caller declared it, or the body's own. */
  readonly contentLength: number | undefined;
}

/** The field section of a request (RFC 9113 8.3.1): pseudo-header fields, then lower-case names. */
export function requestHead({ method, path, headers, body }: DispatchOptions, authority: string): RequestHead {
  const fields = Object.create(null) as OutgoingHttpHeaders;
  fields[":method"] = method;
  fields[":scheme"] = "https";
  fields[":authority"] = authority;
  fields[":path"] = path;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = String(headers[i]).toLowerCase();
    const value = String(headers[i + 1]);
    if (name === "host") fields[":authority"] = value;
    else if (!connectionHeaders.has(name)) add(fields, name, value);
  }
  const implied = Buffer.isBuffer(body) ? body.length : body === null && bodyMethods.has(method) ? 0 : undefined;
  if (implied !== undefined) fields["content-length"] ??= String(implied);
  const declared = fields["content-length"];
  Object.assign(fields, { [sensitiveHeaders]: neverIndexed });
  return { fields, contentLength: declared === undefined ? undefined : Number(declared) };
}

/** Fields as undici gives them: a record with lists where a name came more than once, and the raw bytes in order. */
export function responseHead(raw: readonly string[]): { readonly headers: ResponseHeaders; readonly rawHeaders: readonly Buffer[] } {
  const headers = Object.create(null) as Record<string, string | string[] | undefined>;
  const rawHeaders: Buffer[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]);
    if (name.startsWith(":")) continue;
    const bytes = Buffer.from(String(raw[i + 1]), "latin1");
    rawHeaders.push(Buffer.from(name, "latin1"), bytes);
    add(headers, name, bytes.toString());
  }
  return { headers, rawHeaders };
}

function add(fields: Record<string, string | string[] | number | undefined>, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [String(before), value];
}
