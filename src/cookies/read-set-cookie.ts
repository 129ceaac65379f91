import { cookiePair } from "./cookie-pair.ts";
import type { Cookie } from "./cookie.ts";
import { toughCookie } from "./tough-cookie.ts";

/** Longer lines hold attributes that nobody needs; browsers stop at 4096 for the pair and 1024 for an attribute. */
const maxLineBytes = 8192;
/** Name and value together (RFC 6265 6.1; RFC 6265bis 5.6). */
const maxPairBytes = 4096;
/** RFC 6265bis 5.6: a line with control characters is ignored as a whole. What is no latin-1 could not be sent back. */
const unsendable = /[^\t\x20-\x7e\x80-\xff]/;
/** The last moment a Date can hold. */
const foreverMs = 8_640_000_000_000_000;

/** Where and when a Set-Cookie line arrived. */
export interface SetCookieContext {
  readonly url: URL;
  readonly nowMs: number;
}

/** The cookie of a Set-Cookie line (RFC 6265 5.2 and 5.3, with the prefixes and the Secure rule of RFC 6265bis); undefined when it is to be ignored. */
export function readSetCookie(line: string, { url, nowMs }: SetCookieContext): Cookie | undefined {
  if (line.length > maxLineBytes || unsendable.test(line)) return undefined;
  const pair = cookiePair(line);
  const parsed = pair === undefined ? undefined : toughCookie().Cookie.parse(line);
  if (pair === undefined || parsed === undefined || pair.name.length + pair.value.length > maxPairBytes) return undefined;
  const scope = domainScope(parsed.domain, url.hostname);
  if (scope === undefined) return undefined;
  if (parsed.secure && url.protocol !== "https:") return undefined;
  if (!keepsPrefixPromise(pair.name, parsed)) return undefined;
  return {
    ...pair,
    origin: url.origin,
    domain: scope.domain,
    path: parsed.path?.startsWith("/") === true ? parsed.path : toughCookie().defaultPath(url.pathname),
    expiresAt: expiry(parsed, nowMs),
    isSecure: parsed.secure,
    isHttpOnly: parsed.httpOnly,
    sameSite: sameSite(parsed.sameSite),
  };
}

/** Whom the cookie is for; undefined when the host may not set it: another site, or all of a public suffix (RFC 6265 5.3 steps 5 and 6). */
function domainScope(attribute: string | null, hostname: string): { readonly domain: string | undefined } | undefined {
  if (attribute === null) return { domain: undefined };
  const { domainMatch, getPublicSuffix } = toughCookie();
  const host = canonical(hostname);
  const domain = canonical(attribute);
  if (host === undefined || domain === undefined || domain === "") return undefined;
  const isPublicSuffix = getPublicSuffix(domain, { allowSpecialUseDomain: true, ignoreError: true }) === undefined;
  if (isPublicSuffix) return domain === host ? { domain: undefined } : undefined;
  return domainMatch(host, domain, false) === true ? { domain } : undefined;
}

function canonical(domain: string): string | undefined {
  try {
    return toughCookie().canonicalDomain(domain);
  } catch {
    // No domain at all, such as one with a blank in it: it matches no host.
    return undefined;
  }
}

/** RFC 6265bis 4.1.3: a name that makes a promise is believed only with the attributes that keep it. */
function keepsPrefixPromise(
  name: string,
  { secure, domain, path }: { secure: boolean; domain: string | null; path: string | null },
): boolean {
  const lower = name.toLowerCase();
  if (lower.startsWith("__secure-")) return secure;
  if (lower.startsWith("__host-")) return secure && domain === null && path === "/";
  return true;
}

/** Max-Age counts from now and beats Expires (RFC 6265 5.3 step 3). */
function expiry({ maxAge, expires }: { maxAge: number | string | null; expires: Date | string | null }, nowMs: number): number | undefined {
  if (typeof maxAge === "number" && Number.isFinite(maxAge)) return maxAge <= 0 ? 0 : Math.min(nowMs + maxAge * 1000, foreverMs);
  if (maxAge !== null) return maxAge === "-Infinity" || maxAge === -Infinity ? 0 : foreverMs;
  return expires instanceof Date ? expires.getTime() : undefined;
}

function sameSite(value: string | undefined): Cookie["sameSite"] {
  return value === "strict" || value === "lax" || value === "none" ? value : undefined;
}
