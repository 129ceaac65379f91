import { parseHttpDate } from "../../retry/index.ts";

/** RFC 9110 8.8.3; the weak ones, `W/"..."`, say nothing about bytes. */
const strongETag = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/**
 * What If-Range may hold for a response, as the server wrote it: its strong ETag, or without any ETag a Last-Modified that lies a second or
 * more before its Date, so that no second version can have the same one (RFC 9110 13.1.5, 8.8.2.2). Otherwise undefined: never guess.
 */
export function strongValidator(header: (name: string) => string | undefined): string | undefined {
  const etag = header("etag");
  if (etag !== undefined) return strongETag.test(etag) ? etag : undefined;
  const lastModified = header("last-modified");
  const modifiedMs = lastModified === undefined ? undefined : parseHttpDate(lastModified, Date.now());
  const sentMs = parseHttpDate(header("date") ?? "", Date.now());
  if (modifiedMs === undefined || sentMs === undefined || sentMs - modifiedMs < 1000) return undefined;
  return lastModified;
}

/** False when a 206 says itself that it belongs to another version, whatever If-Range was answered. */
export function fitsValidator(header: (name: string) => string | undefined, validator: string): boolean {
  const own = header(validator.startsWith('"') ? "etag" : "last-modified");
  return own === undefined || own === validator;
}
