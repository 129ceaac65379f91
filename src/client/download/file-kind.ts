import { guessType, mediaType } from "../../body/index.ts";

/** Names of files that are compressed themselves, by the coding that servers then announce for them. */
const compressedNames: ReadonlyMap<string, RegExp> = new Map([
  ["gzip", /\.(?:t?gz|svgz|gzip)$/i],
  ["x-gzip", /\.(?:t?gz|svgz|gzip)$/i],
  ["br", /\.br$/i],
  ["zstd", /\.(?:zst|tzst)$/i],
]);

/**
 * True when the bytes on the wire are those of the file: without a Content-Encoding, or with one that names what the file is and not how it
 * travels, as Apache's AddEncoding does for `.tgz`.
 */
export function isStoredAsSent(contentEncoding: string | undefined, fileName: string): boolean {
  const encoding = contentEncoding?.trim().toLowerCase() ?? "";
  return encoding === "" || encoding === "identity" || compressedNames.get(encoding)?.test(fileName) === true;
}

const pages: ReadonlySet<string | undefined> = new Set(["text/html", "application/xhtml+xml"]);

/** True for an HTML page where the name, by its extension, says that something else is due. */
export function isUnexpectedPage(contentType: string | undefined, fileName: string): boolean {
  const expected = guessType(fileName);
  return pages.has(mediaType(contentType)?.type) && expected !== undefined && expected !== "text/html";
}
