import { sensitiveHeaders, type OutgoingHttpHeaders } from "node:http2";
import { addField, contentLength, requestFields } from "../fields.ts";
import type { OutgoingRequest, ResponseStart } from "../handler.ts";

/** Kept out of the compression table of every hop (RFC 7541 7.1.3). */
const neverIndexed = ["authorization", "cookie", "proxy-authorization"];

/** RFC 9113 8.2.2: of an HTTP/1.1 connection. */
const connectionHeaders: ReadonlySet<string> = new Set(["proxy-connection", "te", "http2-settings"]);

export interface RequestHead {
  readonly fields: OutgoingHttpHeaders;
  readonly contentLength: number | undefined;
}

/**
 * The field section of a request (RFC 9113 8.3.1): pseudo-header fields, then lower-case names.
 *
 * @throws ExplainedFailure for a header that is errand's own to send
 */
export function requestHead({ method, path, headers, body }: OutgoingRequest, authority: string): RequestHead {
  const own = requestFields(headers);
  const length = contentLength(own, { method, body });
  const { host = authority, rest } = own;
  const fields = Object.create(null) as Record<string, string | string[] | undefined>;
  fields[":method"] = method;
  fields[":scheme"] = "https";
  fields[":authority"] = host;
  fields[":path"] = path;
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const name = String(rest[i]).toLowerCase();
    if (!connectionHeaders.has(name)) addField(fields, name, String(rest[i + 1]));
  }
  if (length !== undefined) fields["content-length"] = String(length);
  return { fields: Object.assign(fields, { [sensitiveHeaders]: neverIndexed }), contentLength: length };
}

/** `raw` is name, value, name, value ..., pseudo-header fields among them. */
export function responseStart(status: number, raw: readonly string[]): ResponseStart {
  const headers = Object.create(null) as Record<string, string | string[] | undefined>;
  const rawHeaders: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [String(raw[i]), String(raw[i + 1])];
    if (name.startsWith(":")) continue;
    rawHeaders.push(name, value);
    addField(headers, name, value);
  }
  return { status, statusText: "", headers, rawHeaders };
}
