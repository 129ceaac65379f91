/** What a byte order mark says, and how many bytes it takes; `undefined` without one (WHATWG Encoding 6). */
export function byteOrderMark(
  bytes: Uint8Array,
): { readonly charset: "utf-8" | "utf-16le" | "utf-16be"; readonly length: number } | undefined {
  const first = bytes[0];
  const second = bytes[1];
  if (first === 0xef) return second === 0xbb && bytes[2] === 0xbf ? { charset: "utf-8", length: 3 } : undefined;
  if (first === 0xff) return second === 0xfe ? { charset: "utf-16le", length: 2 } : undefined;
  if (first === 0xfe) return second === 0xff ? { charset: "utf-16be", length: 2 } : undefined;
  return undefined;
}

/** The bytes as a Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
