/** The path and query of a request target. */
export interface Target {
  /** As sent, still percent-encoded: `/a%20b`; `*` for `OPTIONS *`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * Splits a request target (RFC 9112 3.2) without normalising it: `/../x` and `//x` stay as they arrived.
 * The absolute form, which clients send to proxies, is reduced to its path.
 */
export function parseTarget(target: string): Target {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(target)?.[0] ?? "";
  const rest = target.slice(origin.length);
  const mark = rest.indexOf("?");
  const path = mark === -1 ? rest : rest.slice(0, mark);
  return { path: path === "" ? "/" : path, query: new URLSearchParams(mark === -1 ? "" : rest.slice(mark + 1)) };
}
