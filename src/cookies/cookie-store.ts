import { needsHttps, type Cookie } from "./cookie.ts";

/** How much a jar holds at most, so that no server fills the memory or the next request's headers. */
export interface CookieLimits {
  /** Of one origin, or of one Domain. @default 50 (RFC 6265 6.1) */
  readonly cookiesPerDomain: number;
  /** Bytes of names, values and paths of one origin or one Domain. @default 32768 */
  readonly bytesPerDomain: number;
  /** In all. @default 3000 (RFC 6265 6.1) */
  readonly cookies: number;
  /** Bytes of names, values and paths in all. @default 1048576 */
  readonly bytes: number;
}

export const defaultCookieLimits: CookieLimits = Object.freeze({
  cookiesPerDomain: 50,
  bytesPerDomain: 32_768,
  cookies: 3000,
  bytes: 1_048_576,
});

/** A cookie in the store, with what its order and its eviction go by. */
export interface Entry {
  readonly cookie: Cookie;
  /** Counts up with every new cookie; one that is set again keeps it (RFC 6265 5.3 step 11). */
  readonly created: number;
  used: number;
}

interface Bucket {
  readonly entries: Map<string, Entry>;
  sizeBytes: number;
}

/** Cookies by whom they are for, within limits: the least recently used go first, those that are not https-only before the others. */
export class CookieStore {
  readonly #limits: CookieLimits;
  readonly #buckets = new Map<string, Bucket>();
  #count = 0;
  #sizeBytes = 0;
  #sequence = 0;

  constructor(limits: CookieLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /** Those of one origin or Domain. Entries may be deleted while they are read. */
  of(owner: string): Iterable<Entry> {
    return this.#buckets.get(owner)?.entries.values() ?? [];
  }

  /** Every entry, oldest first. */
  all(): Entry[] {
    return [...this.#buckets.values()].flatMap((bucket) => [...bucket.entries.values()]).sort((a, b) => a.created - b.created);
  }

  touch(entry: Entry): void {
    entry.used = this.#sequence += 1;
  }

  put(cookie: Cookie, nowMs: number): void {
    const before = this.delete(cookie);
    const order = (this.#sequence += 1);
    const owner = ownerOf(cookie);
    const bucket = this.#buckets.get(owner) ?? { entries: new Map(), sizeBytes: 0 };
    this.#buckets.set(owner, bucket);
    bucket.entries.set(keyOf(cookie), { cookie, created: before?.created ?? order, used: order });
    bucket.sizeBytes += sizeOf(cookie);
    this.#count += 1;
    this.#sizeBytes += sizeOf(cookie);
    this.#evict(bucket, nowMs);
  }

  /** Removes the cookie of the same owner, path and name. */
  delete(cookie: Cookie): Entry | undefined {
    const owner = ownerOf(cookie);
    const bucket = this.#buckets.get(owner);
    const entry = bucket?.entries.get(keyOf(cookie));
    if (bucket === undefined || entry === undefined) return undefined;
    bucket.entries.delete(keyOf(cookie));
    if (bucket.entries.size === 0) this.#buckets.delete(owner);
    const sizeBytes = sizeOf(entry.cookie);
    bucket.sizeBytes -= sizeBytes;
    this.#count -= 1;
    this.#sizeBytes -= sizeBytes;
    return entry;
  }

  clear(): void {
    this.#buckets.clear();
    this.#count = 0;
    this.#sizeBytes = 0;
  }

  #evict(bucket: Bucket, nowMs: number): void {
    const { cookiesPerDomain, bytesPerDomain, cookies, bytes } = this.#limits;
    while (bucket.entries.size > cookiesPerDomain || bucket.sizeBytes > bytesPerDomain) this.#dropOne([...bucket.entries.values()], nowMs);
    while (this.#count > cookies || this.#sizeBytes > bytes) this.#dropOne(this.all(), nowMs);
  }

  #dropOne(entries: readonly Entry[], nowMs: number): void {
    const victim = entries.reduce((worst, entry) => (rank(entry, nowMs) < rank(worst, nowMs) ? entry : worst));
    this.delete(victim.cookie);
  }
}

/** RFC 6265 5.3: expired ones go first; RFC 6265bis: then those that are not secure. */
function rank({ cookie, used }: Entry, nowMs: number): number {
  if (isExpired(cookie, nowMs)) return -1;
  return needsHttps(cookie) ? used + Number.MAX_SAFE_INTEGER / 2 : used;
}

export function isExpired(cookie: Cookie, nowMs: number): boolean {
  return cookie.expiresAt !== undefined && cookie.expiresAt <= nowMs;
}

/** A Domain, or the one origin it is for. The two never look alike: only an origin has a scheme. */
function ownerOf(cookie: Cookie): string {
  return cookie.domain ?? cookie.origin;
}

/** Neither a name nor a path has a semicolon. */
function keyOf({ name, path }: Cookie): string {
  return `${name};${path}`;
}

function sizeOf({ name, value, path }: Cookie): number {
  return name.length + value.length + path.length;
}
