import { createHash } from "node:crypto";

/** How a digest is computed. */
export interface DigestAlgorithm {
  /** As the server wrote it; echoed. */
  readonly name: string;
  /** Its name in node:crypto. */
  readonly hash: string;
  /** The password's hash is bound to the first nonces (RFC 7616 3.4.2). */
  readonly isSession: boolean;
  /** Higher is stronger. */
  readonly strength: number;
}

/** RFC 7616 6.1; SHA and SHA-512 are not registered, but servers offer them, and other clients answer. */
const known: ReadonlyMap<string, { readonly hash: string; readonly strength: number }> = new Map([
  ["md5", { hash: "md5", strength: 1 }],
  ["sha", { hash: "sha1", strength: 2 }],
  ["sha-256", { hash: "sha256", strength: 3 }],
  ["sha-512", { hash: "sha512", strength: 4 }],
  ["sha-512-256", { hash: "sha512-256", strength: 4 }],
]);

const sessionSuffix = "-sess";

/** The algorithm of a challenge, MD5 where it names none; undefined for one that cannot be computed here. */
export function digestAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  const lower = (name ?? "MD5").toLowerCase();
  const isSession = lower.endsWith(sessionSuffix);
  const entry = known.get(isSession ? lower.slice(0, -sessionSuffix.length) : lower);
  return entry !== undefined && isAvailable(entry.hash) ? { name: name ?? "MD5", isSession, ...entry } : undefined;
}

const availability = new Map<string, boolean>();

/** OpenSSL in FIPS mode lists MD5 and refuses to compute it: only trying tells. */
function isAvailable(hash: string): boolean {
  let isThere = availability.get(hash);
  if (isThere === undefined) {
    try {
      createHash(hash);
      isThere = true;
    } catch {
      // Not an error of the call: another challenge may be answered, or the 401 is returned.
      isThere = false;
    }
    availability.set(hash, isThere);
  }
  return isThere;
}
