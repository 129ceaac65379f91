import { isSecret, type Secret } from "../secrets/index.ts";
import { invalidProxyOption } from "./invalid-proxy.ts";
import type { ProxyScheme } from "./proxy-choice.ts";

/** RFC 9110 5.6.2 */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5: visible latin-1, space and tab, none of these at the ends. */
const value = /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;

/** Framing and routing: they follow from connection and target. */
const reserved = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);

/** `proxy.headers` as name, value, name, value; Secrets stay closed. Throws what names the header, never its value. */
export function checkProxyHeaders(
  headers: unknown,
  { scheme, hasAuth }: { scheme: ProxyScheme; hasAuth: boolean },
): readonly (string | Secret)[] {
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) {
    throw invalidProxyOption("proxy.headers", "is not an object of names and values", 'For example { "X-Team": "ops" }.');
  }
  const checked: (string | Secret)[] = [];
  for (const [name, given] of Object.entries(headers)) {
    const fail = (problem: string, hint: string): never => {
      throw invalidProxyOption(`proxy.headers ${JSON.stringify(name)}`, problem, hint);
    };
    if (scheme === "socks5") fail("cannot be sent: SOCKS5 has no headers", "Leave proxy.headers out.");
    if (!token.test(name)) fail("is not a header name (RFC 9110 5.6.2)", "Letters, digits and hyphens only.");
    if (reserved.has(name.toLowerCase())) fail("cannot be set", "It follows from the connection and the target.");
    if (hasAuth && name.toLowerCase() === "proxy-authorization")
      fail("and a user are both given", "Keep one of proxy.auth, userinfo and this header.");
    if (isSecret(given)) checked.push(name, given);
    else if (typeof given === "string" && value.test(given)) checked.push(name, given);
    else fail("has a value that cannot be sent", "A string of visible latin-1 characters, or a Secret.");
  }
  return checked;
}
