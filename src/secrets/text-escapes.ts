const LINE_BREAKS = /[\r\n][ \t\r\n]*/g;

/** One way to undo escapes. */
export interface Escape {
  readonly pattern: RegExp;
  /** An escape cut off at the end of the text. */
  readonly partial: RegExp | undefined;
  /** What a match stands for: pieces of text and how many characters of the match each took. */
  decode(match: string): readonly (readonly [text: string, length: number])[];
}

export const jsonEscape: Escape = {
  pattern: /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/g,
  partial: /\\(?:u[0-9a-fA-F]{0,3})?$/,
  decode(match) {
    const letter = match.charAt(1);
    if (letter === "u") return [[String.fromCharCode(Number.parseInt(match.slice(2), 16)), match.length]];
    return [[{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }[letter] ?? letter, match.length]];
  },
};

export const percentEscape: Escape = { pattern: /(?:%[0-9a-f]{2})+/gi, partial: /%[0-9a-f]?$/i, decode: decodePercent };
export const lineFold: Escape = { pattern: LINE_BREAKS, partial: undefined, decode: (match) => [["", match.length]] };
/** application/x-www-form-urlencoded: percent escapes, and `+` for a space, undone together. */
export const formEscape: Escape = {
  pattern: /(?:%[0-9a-f]{2})+|\+/gi,
  partial: percentEscape.partial,
  decode: (match) => (match === "+" ? [[" ", 1]] : decodePercent(match)),
};

/** The text without its line breaks and the indentation after them. */
export function foldLines(text: string): string {
  return text.replace(LINE_BREAKS, "");
}

/** Where an unfinished escape begins at the end of the text. */
export function cutEscapeAt(text: string, escape: Escape): number | undefined {
  if (escape.partial === undefined) return undefined;
  // From a bounded distance, so that a long run of escapes is not looked at for each chunk again.
  let tailStart = Math.max(0, text.length - 64);
  while (text.charAt(tailStart - 1) === "\\") tailStart -= 1;
  let rest = tailStart;
  let lastRun = "";
  for (const match of text.slice(tailStart).matchAll(escape.pattern)) {
    rest = tailStart + match.index + match[0].length;
    lastRun = match[0];
  }
  const partial = escape.partial.exec(text.slice(rest));
  const end = partial === null ? text.length : rest + partial.index;
  const open = end === rest && escape !== jsonEscape ? openSequenceLength(lastRun) : 0;
  return open > 0 ? end - open : partial === null ? undefined : end;
}

/** Characters at the end of a percent run that begin a UTF-8 sequence without ending it. */
function openSequenceLength(run: string): number {
  const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back * 3 : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc2 ? 2 : 1;
}

/** UTF-8 where it is valid, else latin1, for some servers still encode so. */
function decodePercent(run: string): readonly (readonly [string, number])[] {
  const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
  const pieces: [string, number][] = [];
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] ?? 0);
    const text = bytes.toString("utf8", at, at + length);
    const isValid = at + length <= bytes.length && !text.includes("\uFFFD");
    const taken = isValid ? length : 1;
    pieces.push([isValid ? text : String.fromCharCode(bytes[at] ?? 0), taken * 3]);
    at += taken;
  }
  return pieces;
}
