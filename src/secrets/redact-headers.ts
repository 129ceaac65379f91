import { isCredentialHeader } from "./credential-names.ts";
import { redactText } from "./redact-text.ts";
import { redactUrl } from "./redact-url.ts";
import { REDACTED } from "./spans.ts";

const URL_HEADERS: ReadonlySet<string> = new Set(["location", "content-location", "referer"]);
const AUTH_SCHEME = /^(?:bearer|basic|digest|negotiate|ntlm|token|apikey|hawk|aws4-hmac-sha256)(?= )/i;

/**
 * Headers as they may be shown. The values of credential headers, and of those in `secretHeaderNames` (lower case),
 * become `[redacted]`; the scheme of an Authorization, the names and attributes of cookies stay.
 */
export function redactHeaders(headers: Iterable<readonly [string, string]>, secretHeaderNames?: ReadonlySet<string>): [string, string][] {
  return [...headers].map(([name, value]): [string, string] => [name, redactHeaderValue(name.toLowerCase(), value, secretHeaderNames)]);
}

function redactHeaderValue(name: string, value: string, secretHeaderNames: ReadonlySet<string> | undefined): string {
  // Unopened: transport has not been here, and the reference is what a reader wants.
  if (/^(?:[A-Za-z0-9-]+ )?\[secret [^\]]*\]$/.test(value)) return value;
  if (secretHeaderNames?.has(name) === true || isCredentialHeader(name)) return redactCredential(name, value);
  return URL_HEADERS.has(name) ? redactUrl(value) : redactText(value);
}

function redactCredential(name: string, value: string): string {
  if (value === "") return value;
  if (name === "cookie") return value.split(";").map(redactPair).join(";");
  if (name === "set-cookie") {
    const [pair = "", ...attributes] = value.split(";");
    return [redactPair(pair), ...attributes.map((attribute) => (isCookieAttribute(attribute) ? attribute : ` ${REDACTED}`))].join(";");
  }
  const scheme = name.endsWith("authorization") ? AUTH_SCHEME.exec(value)?.[0] : undefined;
  return scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`;
}

function redactPair(pair: string): string {
  const equals = pair.indexOf("=");
  return equals === -1 ? pair.replace(/\S.*/s, REDACTED) : `${pair.slice(0, equals)}=${REDACTED}`;
}

/** RFC 6265 4.1.1 and its successor's additions; anything else may be a piece of a value with a stray semicolon. */
function isCookieAttribute(attribute: string): boolean {
  return /^\s*(?:(?:secure|httponly|partitioned)\s*|(?:expires|max-age|domain|path|samesite|priority)\s*=[^;]*)?$/i.test(attribute);
}
