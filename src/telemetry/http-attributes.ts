/**
 * What is told of one request on the wire, under the names of OpenTelemetry's semantic conventions for HTTP clients. No headers, no
 * bodies; the URL is redacted.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export interface HTTPAttributes {
  /** One of the known methods, or `_OTHER`. */
  readonly "http.request.method": string;
  /** What was sent, where the method is `_OTHER`. */
  readonly "http.request.method_original"?: string;
  /** Absent on a call's first request, then 1, 2 ..., whatever the cause: a retry, a redirect, new credentials, a stale connection. */
  readonly "http.request.resend_count"?: number;
  /** The URL's host: also where a proxy or a Unix socket is in between. */
  readonly "server.address": string;
  readonly "server.port": number;
  readonly "url.full": string;
  readonly "url.scheme": string;
  /** Where an answer came. */
  readonly "http.response.status_code"?: number;
  /** Of the answer: `1.1`, `2`. */
  readonly "network.protocol.version"?: string;
  /** The status as text from 400 on; where there is no whole answer, errand's error code. */
  readonly "error.type"?: string;
}

/** One request, about to be sent. */
export interface RequestFacts {
  readonly method: string;
  readonly url: URL;
  /** The URL as it may be shown. */
  readonly redactedUrl: string;
  /** How often the call has sent a request before. */
  readonly resendCount: number;
}

/** The head of an answer. */
export interface ResponseFacts {
  readonly status: number;
  readonly httpVersion: string;
}

/** RFC 9110 9.3, PATCH (RFC 5789) and QUERY. */
const standardMethods: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

/** The conventions want every other method to be `_OTHER`, and this variable to replace the list. */
export function knownMethods(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  const given = env["OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"];
  if (given === undefined || given.trim() === "") return standardMethods;
  return new Set(given.split(",").map((method) => method.trim()));
}

export function requestAttributes({ method, url, redactedUrl, resendCount }: RequestFacts, known: ReadonlySet<string>): HTTPAttributes {
  const isKnown = known.has(method);
  return {
    "http.request.method": isKnown ? method : "_OTHER",
    ...(isKnown ? undefined : { "http.request.method_original": method }),
    "server.address": url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    "server.port": url.port === "" ? (defaultPorts[url.protocol] ?? 0) : Number(url.port),
    "url.full": redactedUrl,
    "url.scheme": url.protocol.slice(0, -1),
    ...(resendCount === 0 ? undefined : { "http.request.resend_count": resendCount }),
  };
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** What an answer's head adds. */
export function responseAttributes({ status, httpVersion }: ResponseFacts): Partial<HTTPAttributes> {
  return {
    "http.response.status_code": status,
    "network.protocol.version": httpVersion,
    ...(status < 400 ? undefined : { "error.type": String(status) }),
  };
}

/** `GET`: a path would give each span a name of its own. */
export function spanName(attributes: HTTPAttributes): string {
  const method = attributes["http.request.method"];
  return method === "_OTHER" ? "HTTP" : method;
}
