import { InvalidRequestError } from "../errors/index.ts";
import { requestTarget } from "../redirect/index.ts";
import { isSecret, redactUrl } from "../secrets/index.ts";
import type { Params } from "./options.ts";
import { plainRecord } from "./plain-record.ts";

/** A session's base, cut up once. */
export interface Base {
  readonly origin: string;
  /** Origin and path, without a trailing slash. */
  readonly prefix: string;
}

export interface ResolvedURL {
  /** Shared by the calls that ask for it: not to be changed. */
  readonly url: URL;
  readonly origin: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** From the URL's userinfo, which is removed from `url`. */
  readonly userinfo: { readonly user: string; readonly password: string } | undefined;
  /** False for an absolute URL off the base's origin: it goes without the session's credentials. */
  readonly isOnBase: boolean;
}

/** Scripts ask for the same URLs again and again; parsing one costs more than anything else before it is sent. */
const known = new Map<string, ResolvedURL>();
const knownLimit = 200;

export function parseBase(baseUrl: string | URL): Base & { readonly userinfo: ResolvedURL["userinfo"] } {
  const { url, userinfo } = parseAbsolute(String(baseUrl));
  if (url.search !== "" || url.hash !== "") {
    throw invalid(`baseUrl ${redactUrl(url)} has a query or a fragment`, "Give the query as the session's params.");
  }
  return { origin: url.origin, prefix: (url.origin + url.pathname).replace(/\/+$/, ""), userinfo };
}

/** Finds the URL of a call: under the base where there is one, else absolute. Throws before any I/O. */
export function resolveURL(
  target: string | URL,
  options: { base: Base | undefined; params: readonly Params[]; allowAbsolute: boolean },
): ResolvedURL {
  const { base, params, allowAbsolute } = options;
  const text = withParams(textOf(target), params);
  // A blank is in no prefix: the two parts cannot be mistaken for each other.
  const key = base === undefined ? text : `${base.prefix} ${text}`;
  const seen = known.get(key);
  if (seen !== undefined) return seen;
  if (base !== undefined && hasScheme(text)) return resolveAbsolute(text, base, allowAbsolute);
  const resolved =
    base === undefined
      ? withParts(parseAbsolute(text), true)
      : withParts({ url: new URL(underBase(text, base)), userinfo: undefined }, true);
  if (resolved.userinfo === undefined) {
    if (known.size >= knownLimit) known.clear();
    known.set(key, resolved);
  }
  return resolved;
}

function textOf(target: unknown): string {
  if (typeof target === "string") return target;
  // Any realm's URL has a href; what JavaScript callers pass by mistake has none.
  if (typeof target === "object" && target !== null && "href" in target && typeof target.href === "string") return target.href;
  throw invalid(
    `the URL is ${target === null ? "null" : Array.isArray(target) ? "an array" : `of type ${typeof target}`}`,
    'It is a string or a URL: get("https://api.example.com/users").',
  );
}

function resolveAbsolute(text: string, base: Base, isAllowed: boolean): ResolvedURL {
  if (!isAllowed) {
    throw invalid(
      `${redactUrl(text)} is an absolute URL, but the session has the base ${base.prefix}`,
      "Give a path (a path with a colon: start it with a slash), or set allowAbsolute: true.",
    );
  }
  const parsed = parseAbsolute(text);
  return withParts(parsed, parsed.url.origin === base.origin);
}

function underBase(text: string, base: Base): string {
  checkPath(text, base);
  const separator = text === "" || text.startsWith("/") || text.startsWith("?") || text.startsWith("#") ? "" : "/";
  return base.prefix + separator + text;
}

function withParts({ url, userinfo }: Pick<ResolvedURL, "url" | "userinfo">, isOnBase: boolean): ResolvedURL {
  return { url, origin: url.origin, path: requestTarget(url), userinfo, isOnBase };
}

function hasScheme(text: string): boolean {
  return /^\s*[a-z][a-z0-9+.-]*:/i.test(text);
}

/** A caller's path must stay below the base: whoever builds it from input must not be able to point it elsewhere. */
function checkPath(text: string, base: Base): void {
  const refuse = (why: string): never => {
    throw invalid(
      `path ${JSON.stringify(redactUrl(text))} ${why}`,
      `Paths are appended to ${base.prefix} and cannot leave it; encode input with encodeURIComponent.`,
    );
  };
  if (/[\u0000-\u001f\u007f]/.test(text)) refuse("has a control character");
  const path = /^[^?#]*/.exec(text)?.[0] ?? "";
  if (path.includes("\\")) refuse("has a backslash, which a URL reads as a slash");
  if (path.startsWith("//")) refuse("starts with //, which names another host");
  if (path !== path.trim()) refuse("has white space at its end");
  const plain = path.replaceAll(/%2e/gi, ".").replaceAll(/%2f|%5c/gi, "/");
  if (plain.split("/").includes("..")) refuse("climbs out with ..");
}

/** Nothing here needs a second look: no userinfo, no unusual host, no white space. */
const plain = /^https?:\/\/[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*(?::\d+)?(?:\/[!-~]*)?$/;

function parseAbsolute(given: string): { url: URL; userinfo: ResolvedURL["userinfo"] } {
  const quick = plain.test(given) ? URL.parse(given) : null;
  if (quick !== null) return { url: quick, userinfo: undefined };
  // Blanks around it are what copying leaves; line ends are refused below, for they come from input that nobody looked at.
  const text = given.replaceAll(/^ +| +$/g, "");
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw invalid(`URL ${JSON.stringify(redactUrl(text))} has a control character`, "Trim it, or encode it.");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== "http" && scheme !== "https") {
    const isHost = scheme === undefined || /^[^/]*:\d+/.test(text);
    throw invalid(
      `URL ${JSON.stringify(redactUrl(text))} ${isHost ? "has no scheme" : `has the scheme ${scheme}`}`,
      isHost
        ? `Write it in full: https://${text.replace(/^\/+/, "").slice(0, 60)}, or give the session a baseUrl.`
        : "errand speaks http and https.",
    );
  }
  if (!/^https?:\/\/[^/]/i.test(text))
    throw invalid(`URL ${JSON.stringify(redactUrl(text))} has no host`, "It must start with http:// or https:// and a host.");
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw invalid(
      `URL ${JSON.stringify(redactUrl(text))} cannot be parsed`,
      "Check the host and the port; an IPv6 address needs brackets.",
      cause,
    );
  }
  if (/[^a-z0-9._~[\]:-]|^\.|\.\./i.test(url.hostname))
    throw invalid(`URL ${JSON.stringify(redactUrl(text))} has an invalid host`, "A host name has letters, digits, hyphens and dots.");
  if (url.username === "" && url.password === "") return { url, userinfo: undefined };
  const userinfo = { user: decode(url.username), password: decode(url.password) };
  url.username = "";
  url.password = "";
  return { url, userinfo };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is what the user typed: it stays itself.
    return text;
  }
}

function withParams(text: string, params: readonly Params[]): string {
  if (params.length === 0) return text;
  const query = params
    .map(encodeParams)
    .filter((part) => part !== "")
    .join("&");
  if (query === "") return text;
  const hashAt = text.indexOf("#");
  const [head, fragment] = hashAt < 0 ? [text, ""] : [text.slice(0, hashAt), text.slice(hashAt)];
  const joint = head.includes("?") ? (head.endsWith("?") || head.endsWith("&") ? "" : "&") : "?";
  return head + joint + query + fragment;
}

function encodeParams(params: Params): string {
  if (params instanceof URLSearchParams) return params.toString();
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(plainRecord(params, "params"))) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined) continue;
      if ((item !== null && typeof item === "object") || typeof item === "function" || typeof item === "symbol")
        throw invalidParam(name, item);
      encoded.append(name, item === null ? "" : String(item));
    }
  }
  return encoded.toString();
}

function invalidParam(name: string, value: unknown): InvalidRequestError {
  const isHidden = isSecret(value);
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `params.${name} is ${isHidden ? "a Secret" : `of type ${typeof value}`}`,
    hint: isHidden
      ? "URLs end up in the logs of servers and proxies: send it as a header or with auth."
      : "A parameter takes a string, number, boolean, bigint, null, or a list of them; Dates: toISOString().",
  });
}

function invalid(message: string, hint: string, cause?: unknown): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_URL", message, hint, cause });
}
