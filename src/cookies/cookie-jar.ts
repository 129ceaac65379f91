import { inspect } from "node:util";
import { InvalidRequestError } from "../errors/index.ts";
import { CookieStore, defaultCookieLimits, isExpired, type CookieLimits, type Entry } from "./cookie-store.ts";
import { needsHttps, pathMatches, setCookieLine, type Cookie } from "./cookie.ts";
import { readSetCookie } from "./read-set-cookie.ts";
import { readSaved, type SavedCookies } from "./saved-cookies.ts";
import { checkToughCookie } from "./tough-cookie.ts";

/** How much a jar keeps, and by which clock. */
export interface CookieJarOptions {
  /** What is left out has its default. */
  readonly limits?: Partial<CookieLimits>;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** Tells cookies of one name apart. */
export interface CookiePlace {
  /** The Domain attribute, or the host that set it without one. */
  readonly domain?: string;
  readonly path?: string;
}

/**
 * Cookies between calls (RFC 6265): sent only where they belong, refused where the server had no right to set them.
 *
 * Stricter than the RFC in two ways, both on the side of sending less: a cookie without a Domain attribute goes back to its own origin only
 * (scheme, host and port; http on port 80 to https on port 443 of the same host is the same place), and what came over https never leaves over http.
 * SameSite decides nothing. Text, JSON and inspection show a count, no cookie.
 */
export class CookieJar {
  readonly #store: CookieStore;
  readonly #now: () => number;

  constructor({ limits = {}, now = Date.now }: CookieJarOptions = {}) {
    checkToughCookie();
    this.#store = new CookieStore({ ...defaultCookieLimits, ...limits });
    this.#now = now;
  }

  /**
   * A jar with the cookies that {@link serialize} gave; those that have expired since are left out.
   * @throws ConfigError ERR_CONFIG that names the entry which is not of that form
   */
  static restore(saved: SavedCookies | string, options?: CookieJarOptions): CookieJar {
    const jar = new CookieJar(options);
    for (const { origin, setCookie } of readSaved(saved)) jar.store(origin, setCookie);
    return jar;
  }

  /** How many there are; expired ones count until they are met. */
  get size(): number {
    return this.#store.count;
  }

  /** The Cookie header for a request to this URL, longest path first (RFC 6265 5.4); undefined without a cookie for it. */
  header(url: URL): string | undefined {
    if (this.#store.count === 0) return undefined;
    const nowMs = this.#now();
    const path = url.pathname;
    const isHttps = url.protocol === "https:";
    const found: Entry[] = [];
    for (const owner of ownersFor(url)) {
      for (const entry of this.#store.of(owner)) {
        const { cookie } = entry;
        if (isExpired(cookie, nowMs)) this.#store.delete(cookie);
        else if (pathMatches(path, cookie.path) && (isHttps || !needsHttps(cookie))) found.push(entry);
      }
    }
    if (found.length === 0) return undefined;
    found.sort((a, b) => b.cookie.path.length - a.cookie.path.length || a.created - b.created);
    for (const entry of found) this.#store.touch(entry);
    return found.map(({ cookie }) => `${cookie.name}=${cookie.value}`).join("; ");
  }

  /** Takes the Set-Cookie lines of a response from this URL. A line that sets what the server has no right to set is ignored (RFC 6265 5.3). */
  store(url: URL, setCookie: string | readonly string[] | undefined): void {
    if (setCookie === undefined) return;
    const nowMs = this.#now();
    for (const line of typeof setCookie === "string" ? [setCookie] : setCookie) {
      const cookie = readSetCookie(line, { url, nowMs });
      if (cookie !== undefined && !this.#isShadowing(cookie, url)) this.#accept(cookie, nowMs);
    }
  }

  /**
   * The value of a cookie, expired ones aside.
   * @throws InvalidRequestError ERR_INVALID_OPTION when several cookies have this name and `place` does not tell which
   */
  get(name: string, { domain, path }: CookiePlace = {}): string | undefined {
    const matches = this.list().filter(
      (cookie) =>
        cookie.name === name && (domain === undefined || domain === placeOf(cookie)) && (path === undefined || path === cookie.path),
    );
    if (matches.length < 2) return matches[0]?.value;
    const places = matches.map((cookie) => `${cookie.domain ?? cookie.origin}${cookie.path}`).join(", ");
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: `${matches.length} cookies are named ${JSON.stringify(name)}: ${places}`,
      hint: "Say which: get(name, { domain, path }).",
    });
  }

  /** Every cookie that has not expired, values included, oldest first. */
  list(): Cookie[] {
    const nowMs = this.#now();
    return this.#store
      .all()
      .map(({ cookie }) => cookie)
      .filter((cookie) => !isExpired(cookie, nowMs));
  }

  /** Forgets every cookie. */
  clear(): void {
    this.#store.clear();
  }

  /** Everything in the jar, for {@link restore}. Credentials in the clear: keep it where only its owner can read it. */
  serialize(): SavedCookies {
    return { version: 1, cookies: this.list().map((cookie) => ({ origin: cookie.origin, setCookie: setCookieLine(cookie) })) };
  }

  toString(): string {
    return `[cookie jar: ${this.size} ${this.size === 1 ? "cookie" : "cookies"}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #accept(cookie: Cookie, nowMs: number): void {
    const upgraded = cookie.domain === undefined ? insecureTwin(new URL(cookie.origin)) : undefined;
    // The same place under its older name: one cookie, not two.
    if (upgraded !== undefined) this.#store.delete({ ...cookie, origin: upgraded });
    if (isExpired(cookie, nowMs)) this.#store.delete(cookie);
    else this.#store.put(cookie, nowMs);
  }

  /** Over http nobody replaces, deletes or hides what came over https (RFC 6265bis 5.7 step 15). */
  #isShadowing(cookie: Cookie, url: URL): boolean {
    if (url.protocol === "https:") return false;
    for (const owner of [...ownersFor(url), `https://${url.hostname}`]) {
      for (const { cookie: held } of this.#store.of(owner)) {
        if (held.name === cookie.name && needsHttps(held) && pathMatches(cookie.path, held.path)) return true;
      }
    }
    return false;
  }
}

/** Whose cookies go to this URL: its own origin's, and those of every Domain it lies in. */
function ownersFor(url: URL): string[] {
  const owners = [url.origin];
  const twin = insecureTwin(url);
  if (twin !== undefined) owners.push(twin);
  for (let host = url.hostname; host !== "";) {
    owners.push(host);
    const dot = host.indexOf(".");
    host = dot === -1 ? "" : host.slice(dot + 1);
  }
  return owners;
}

/** The http origin that https on port 443 is an upgrade of. */
function insecureTwin(url: URL): string | undefined {
  return url.protocol === "https:" && url.port === "" ? `http://${url.hostname}` : undefined;
}

function placeOf(cookie: Cookie): string {
  return cookie.domain ?? new URL(cookie.origin).hostname;
}
