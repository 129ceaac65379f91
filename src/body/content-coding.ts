import { DecodeError, type RequestSummary } from "../errors/index.ts";

/** A content-coding that errand decodes (RFC 9110 8.4.1, 7932, 8878). */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd";

/** One coding to undo, and the request to name in errors. */
export interface CodingStage {
  readonly coding: ContentCoding;
  readonly request: RequestSummary | undefined;
}

/** What bounds decoding. */
export interface DecodeLimits {
  /** Decoded bytes; more is a ResponseTooLargeError. `undefined`: no bound. */
  readonly maxBytes: number | undefined;
  /** Named in errors. */
  readonly request?: RequestSummary;
}

/** CVE-2026-22036: each coding is another engine to run, so a long list is an attack. */
const MAX_CODINGS = 5;

const codings: ReadonlyMap<string, ContentCoding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
]);

/**
 * The codings in the order they must be undone; empty when there is nothing to undo.
 *
 * An unknown coding anywhere leaves the bytes untouched: the caller asked for none of them, and half-decoded bytes help nobody.
 */
export function readContentEncoding(header: string | undefined, request: RequestSummary | undefined): readonly ContentCoding[] {
  if (header === undefined || header === "") return [];
  const names = header
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > MAX_CODINGS) {
    throw new DecodeError({
      code: "ERR_DECODE",
      message: `${prefix(request)}the body has ${names.length} content codings on top of each other; at most ${MAX_CODINGS} are undone`,
      hint: "No honest server does this. Look at its Content-Encoding header.",
      request,
    });
  }
  const known = names.flatMap((name) => codings.get(name) ?? []);
  return known.length === names.length ? known.reverse() : [];
}

/** `GET https://...: ` for messages, or nothing when the request is not known. */
export function prefix(request: RequestSummary | undefined): string {
  return request === undefined ? "" : `${request.method} ${request.url}: `;
}
