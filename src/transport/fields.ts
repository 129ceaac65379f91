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
  /** The body's, where it is known; undefined for one of unknown length, or for none. */
  readonly contentLength: number | undefined;
  readonly isClosing: boolean;
  /** The others: name, value, name, value ... */
  readonly rest: readonly string[];
}

/**
 * Takes a request's headers apart.
 *
 * @throws ExplainedFailure for a header that is errand's own to send, or a length that is not the body's
 */
export function requestFields(
  headers: readonly string[],
  method: string,
  body: Buffer | AsyncIterable<Uint8Array> | undefined,
): RequestFields {
  const rest: string[] = [];
  let host: string | undefined;
  let declared: number | undefined;
  let isClosing = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = "", value = ""] = [headers[i], headers[i + 1]];
    const key = name.toLowerCase();
    if (invalidValue.test(value) || refused.has(key)) throw invalidHeader(`invalid ${key} header`);
    if (key === "host") {
      if (host !== undefined) throw invalidHeader(`invalid ${key} header`);
      host = value;
    } else if (key === "content-length") {
      if (declared !== undefined || !/^\d{1,15}$/.test(value)) throw invalidHeader(`invalid ${key} header`);
      declared = Number(value);
    } else if (key === "connection") {
      if (!/^[\w!#$%&'*+.^`|~, \t-]+$/.test(value)) throw invalidHeader(`invalid ${key} header`);
      isClosing ||= /(?:^|,)\s*close\s*(?:,|$)/i.test(value);
    } else rest.push(name, value);
  }
  return { host, contentLength: lengthOf({ method, body, declared }), isClosing, rest };
}

function lengthOf({
  method,
  body,
  declared,
}: {
  readonly method: string;
  readonly body: Buffer | AsyncIterable<Uint8Array> | undefined;
  readonly declared: number | undefined;
}): number | undefined {
  if (body !== undefined && !Buffer.isBuffer(body)) return declared;
  const length = body?.length ?? 0;
  if (declared !== undefined && declared !== length && method !== "HEAD" && method !== "GET") throw wrongLength();
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
