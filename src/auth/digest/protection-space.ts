import { credentialHash, type DigestCredentials } from "./digest-answer.ts";
import type { DigestChallenge } from "./digest-challenge.ts";

/** One nonce of one server: where it is good, and how often it was used. */
export class ProtectionSpace {
  readonly challenge: DigestChallenge;
  readonly #cnonce: () => string;
  readonly #prefixes: readonly string[];
  readonly #challenged = new Set<string>();
  #count = 0;
  #sessionCnonce: string | undefined;
  #last: { readonly password: string; readonly secret: string } | undefined;

  /** @param cnonce makes a client nonce */
  constructor(challenge: DigestChallenge, url: URL, cnonce: () => string) {
    this.challenge = challenge;
    this.#cnonce = cnonce;
    this.#prefixes = challenge.domain.flatMap((uri) => prefixOn(uri, url));
    this.admit(url);
  }

  /** True where the server is known to want the answer (RFC 7616 3.3, domain). */
  covers(url: URL): boolean {
    if (this.#prefixes.length === 0 || this.#challenged.has(url.pathname)) return true;
    const target = url.pathname + url.search;
    return this.#prefixes.some((prefix) => target.startsWith(prefix));
  }

  /** The server asked here, whatever its domain says. */
  admit(url: URL): void {
    if (this.#challenged.size < maxChallenged) this.#challenged.add(url.pathname);
  }

  /** Counts one more use of the nonce. */
  use(credentials: DigestCredentials): { readonly count: number; readonly cnonce: string; readonly secret: string } {
    this.#count += 1;
    if (!this.challenge.algorithm.isSession)
      return { count: this.#count, cnonce: this.#cnonce(), secret: this.#secretFor(credentials, "") };
    // Servers differ in whether the session's hash takes the first cnonce or the request's own: always the same one suits both.
    this.#sessionCnonce ??= this.#cnonce();
    return { count: this.#count, cnonce: this.#sessionCnonce, secret: this.#secretFor(credentials, this.#sessionCnonce) };
  }

  #secretFor(credentials: DigestCredentials, cnonce: string): string {
    if (this.#last?.password !== credentials.password) {
      this.#last = { password: credentials.password, secret: credentialHash(this.challenge, credentials, cnonce) };
    }
    return this.#last.secret;
  }
}

const maxChallenged = 1000;

/** The part of a domain's URI that stands on the challenging server; what names another server is never answered. */
function prefixOn(uri: string, url: URL): readonly string[] {
  if (!URL.canParse(uri, url.href)) return [];
  const target = new URL(uri, url);
  return target.origin === url.origin ? [target.pathname + target.search] : [];
}
