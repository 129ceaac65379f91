/** One cookie as a jar keeps it. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Who set it, as `https://api.example.com:8443`. */
  readonly origin: string;
  /** The Domain attribute: it goes to this host and every one below. Without it the cookie goes to its origin alone. */
  readonly domain: string | undefined;
  readonly path: string;
  /** Milliseconds since the epoch; undefined: until the jar is gone. */
  readonly expiresAt: number | undefined;
  readonly isSecure: boolean;
  readonly isHttpOnly: boolean;
  /** Kept for whoever reads it. It decides nothing: there is no page here that could make another site's request. */
  readonly sameSite: "strict" | "lax" | "none" | undefined;
}

/** True for what never leaves over http: marked Secure, or received over https. */
export function needsHttps(cookie: Cookie): boolean {
  return cookie.isSecure || cookie.origin.startsWith("https:");
}

/** RFC 6265 5.1.4, on the path as it is sent. */
export function pathMatches(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return path.length === cookiePath.length || cookiePath.endsWith("/") || path[cookiePath.length] === "/";
}

/** The line that sets this cookie again, at its origin (RFC 6265 4.1). */
export function setCookieLine(cookie: Cookie): string {
  const { name, value, domain, path, expiresAt, isSecure, isHttpOnly, sameSite } = cookie;
  return [
    `${name}=${value}`,
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(expiresAt === undefined ? [] : [`Expires=${new Date(expiresAt).toUTCString()}`]),
    ...(isSecure ? ["Secure"] : []),
    ...(isHttpOnly ? ["HttpOnly"] : []),
    ...(sameSite === undefined ? [] : [`SameSite=${sameSite}`]),
  ].join("; ");
}
