/** As much of a Location as an error shows. */
const shownLength = 80;

/**
 * The target of a Location header, resolved against the URL that gave it (RFC 9110 10.2.2); undefined when it is not a URL reference.
 *
 * - `value` is the header as latin-1, one character a byte. Bytes outside ASCII, which many servers send raw, are
 *   percent-encoded as they are, so that UTF-8 stays UTF-8.
 * - Userinfo is dropped: a server does not choose the credentials we send, and nothing that is shown must carry them.
 * - Without a fragment of its own the target has the fragment of `base` (RFC 9110 10.2.2).
 */
export function resolveLocation(value: string, base: URL): URL | undefined {
  // The URL parser would silently drop tabs and line ends, and with them the difference between `java<tab>script:` and a scheme.
  if (/[\x00-\x1f\x7f]/.test(value)) return undefined;
  const target = URL.parse(percentEncodeBytes(value), base.href);
  if (target === null) return undefined;
  target.username = "";
  target.password = "";
  if (!value.includes("#")) target.hash = base.hash;
  return target;
}

/** A Location for an error message: no query and no userinfo, which may hold secrets, escaped, at most 80 characters. */
export function showLocation(value: string): string {
  // Up to the last @: where a URL cannot be parsed, nobody knows where its userinfo ends.
  const lastAt = value.lastIndexOf("@");
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:[/\\]*/.exec(value)?.[0] ?? "";
  const withoutUserinfo = lastAt === -1 ? value : `${scheme}***${value.slice(lastAt)}`;
  const queryAt = withoutUserinfo.search(/[?#]/);
  const bare = queryAt === -1 ? withoutUserinfo : `${withoutUserinfo.slice(0, queryAt + 1)}...`;
  const escaped = bare
    .slice(0, shownLength)
    .replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"${bare.length > shownLength ? "..." : ""}`;
}

/** Without the blanks and tabs around it. Not trim(), which takes the last byte of a raw UTF-8 "\u00e0" for a no-break space. */
export function trimBlanks(value: string): string {
  const isBlank = (character: string | undefined): boolean => character === " " || character === "\t";
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value[start])) start += 1;
  while (end > start && isBlank(value[end - 1])) end -= 1;
  return value.slice(start, end);
}

function percentEncodeBytes(value: string): string {
  // Characters beyond latin-1 are no bytes: somebody has decoded the header already, and the URL parser encodes them as UTF-8.
  if (/[^\x00-\xff]/.test(value)) return value;
  return value.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
