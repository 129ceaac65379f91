/** Room for `.part.lock` within the 255 bytes that a name may have on most file systems. */
const longestNameBytes = 200;
/** Devices on Windows, with any extension (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i;

/**
 * A server's file name, made harmless: its last component without directories of either notation, leading dots, control and direction
 * characters, and what Windows cannot store. `undefined` when nothing is left.
 */
export function safeFileName(name: string): string | undefined {
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const visible = last
    // Lone surrogates, C0, C1, zero-width and bidirectional controls: they make one name look like another (CVE-2021-42574).
    .replaceAll(/[\p{Cs}\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, "")
    .normalize("NFC")
    .replaceAll(/[<>:"|?*]/g, "_")
    .replace(/^[.\s]+/, "")
    .replace(/[.\s]+$/, "");
  if (visible === "") return undefined;
  return shorten(windowsDevice.test(visible) ? `_${visible}` : visible);
}

/** The name in a URL's path, made harmless. */
export function nameInUrl(url: URL): string | undefined {
  const segment = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  try {
    return safeFileName(decodeURIComponent(segment));
  } catch {
    // Not percent-encoded UTF-8: the name is what it looks like.
    return safeFileName(segment);
  }
}

/** Cuts the stem, for the extension says what it is. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= longestNameBytes) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 32 ? name.slice(dot) : "";
  const roomBytes = longestNameBytes - Buffer.byteLength(extension);
  let stem = "";
  let sizeBytes = 0;
  for (const char of name) {
    sizeBytes += Buffer.byteLength(char);
    if (sizeBytes > roomBytes) break;
    stem += char;
  }
  return stem.replace(/[.\s]+$/, "") + extension;
}
