/**
 * Path and query as they are sent (RFC 9112 3.2.1).
 *
 * Not `pathname + search`, which loses a `?` without a query behind it: to a server that is another URL (RFC 3986 6.2.3).
 */
export function requestTarget({ href, pathname, search }: URL): string {
  if (search !== "") return pathname + search;
  const fragmentAt = href.indexOf("#");
  return href[(fragmentAt === -1 ? href.length : fragmentAt) - 1] === "?" ? `${pathname}?` : pathname;
}
