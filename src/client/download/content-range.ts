/** The bytes that a 206 holds. */
export interface ContentRange {
  readonly firstByte: number;
  readonly lastByte: number;
  /** Of the whole representation; absent when the server does not know. */
  readonly totalBytes?: number;
}

/** Parses `bytes 100-199/1000` (RFC 9110 14.4), strictly: what is not exactly that is undefined, for bytes in a wrong place corrupt a file. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(value ?? "") ?? [];
  if (first === undefined || last === undefined) return undefined;
  const range = { firstByte: Number(first), lastByte: Number(last) };
  if (range.firstByte > range.lastByte) return undefined;
  if (total === "*") return range;
  const totalBytes = Number(total);
  return range.lastByte < totalBytes ? { ...range, totalBytes } : undefined;
}
