/** Name and value as they stand on the wire: nothing is decoded, quotes stay. */
export interface CookiePair {
  readonly name: string;
  readonly value: string;
}

/** The pair a Set-Cookie line begins with (RFC 6265 5.2); undefined without a name or without "=". */
export function cookiePair(line: string): CookiePair | undefined {
  const semicolon = line.indexOf(";");
  const pair = semicolon === -1 ? line : line.slice(0, semicolon);
  const equals = pair.indexOf("=");
  if (equals === -1) return undefined;
  const name = trimBlanks(pair.slice(0, equals));
  return name === "" ? undefined : { name, value: trimBlanks(pair.slice(equals + 1)) };
}

/** Not trim(), which takes the last byte of a raw UTF-8 "\u00e0" for a no-break space. */
export function trimBlanks(text: string): string {
  const isBlank = (character: string | undefined): boolean => character === " " || character === "\t";
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
