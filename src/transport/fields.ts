import { ExplainedFailure } from "./explained-failure.ts";

/** RFC 9112 9.6 and 9110 7.8: errand's own to say, for they speak of the connection and of framing. */
const refused: ReadonlySet<string> = new Set(["transfer-encoding", "keep-alive", "upgrade", "expect"]);
const invalidValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/** Methods whose lack of a body is told by a length (RFC 9110 8.6). */
const bodyMethods: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** The fields of a request, those that speak of the message and the connection apart. */
export interface RequestFields {
  /** Of the caller's own Host header. */
  readonly host: string | undefined;
  /** By the caller's own Content-Length. */
  readonly declaredLength: number | undefined;
  readonly isClosing: boolean;
  /** The others: name, value, name, value ... */
  readonly rest: readonly string[];
  /** The same as HTTP/1.1 writes them. */
  readonly lines: string;
}

let last: { readonly headers: readonly string[]; readonly fields: RequestFields } | undefined;

/**
 * Takes a request's headers apart. A session's own are the same list for every call without headers of its own, and taken apart once.
 *
 * @throws ExplainedFailure for a header that is errand's own to send
 */
export function requestFields(headers: readonly string[]): RequestFields {
  if (last?.headers !== headers) last = { headers, fields: readFields(headers) };
  return last.fields;
}

function readFields(headers: readonly string[]): RequestFields {
  const rest: string[] = [];
  let lines = "";
  let host: string | undefined;
  let declaredLength: number | undefined;
  let isClosing = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = "", value = ""] = [headers[i], headers[i + 1]];
    const key = name.toLowerCase();
    if (invalidValue.test(value) || refused.has(key)) throw invalidHeader(`invalid ${key} header`);
    if (key === "host") {
      if (host !== undefined) throw invalidHeader(`invalid ${key} header`);
      host = value;
    } else if (key === "content-length") {
      if (declaredLength !== undefined || !/^\d{1,15}$/.test(value)) throw invalidHeader(`invalid ${key} header`);
      declaredLength = Number(value);
    } else if (key === "connection") {
      if (!/^[\w!#$%&'*+.^`|~, \t-]+$/.test(value)) throw invalidHeader(`invalid ${key} header`);
      isClosing ||= /(?:^|,)\s*close\s*(?:,|$)/i.test(value);
    } else {
      rest.push(name, value);
      lines += `${name}: ${value}\r\n`;
    }
  }
  return { host, declaredLength, isClosing, rest, lines };
}

/**
 * What a request's Content-Length says; undefined for a body of unknown length, and for none where none is expected.
 *
 * @throws ExplainedFailure when the caller's own is not the body's
 */
export function contentLength(
  { declaredLength }: RequestFields,
  { method, body }: { readonly method: string; readonly body: Buffer | AsyncIterable<Uint8Array> | undefined },
): number | undefined {
  if (body !== undefined && !Buffer.isBuffer(body)) return declaredLength;
  const length = body?.length ?? 0;
  if (declaredLength !== undefined && declaredLength !== length && method !== "HEAD" && method !== "GET") throw wrongLength();
  return length > 0 || bodyMethods.has(method) ? length : undefined;
}

/** A header that is errand's own to send, or that no request can have. */
export function invalidHeader(problem: string): ExplainedFailure {
  return new ExplainedFailure({
    code: "ERR_INVALID_HEADER",
    problem,
    remedy: "Leave framing and connection headers to errand.",
  });
}

/** A body longer or shorter than the caller's own Content-Length. */
export function wrongLength(): ExplainedFailure {
  return new ExplainedFailure({
    code: "ERR_INVALID_BODY",
    problem: "the body is not as long as its Content-Length",
    remedy: "Leave Content-Length to errand.",
  });
}

/** Adds a field to a record: a list where a name comes more than once. */
export function addField(fields: Record<string, string | string[] | undefined>, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [before, value];
}
