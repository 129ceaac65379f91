/** One challenge of a WWW-Authenticate header (RFC 9110 11.6.1). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** In place of parameters, e.g. of Negotiate. */
  readonly token68: string | undefined;
  /** Unquoted values by lower-case name; of a repeated name the first counts. */
  readonly params: ReadonlyMap<string, string>;
}

interface Item {
  readonly scheme: string;
  token68: string | undefined;
  readonly params: Map<string, string>;
}

/**
 * The challenges of one field line, in order, in one pass whatever the input.
 *
 * Lenient where servers are: missing commas, bare values with "=" in them, an unterminated quote. What fits nowhere is skipped.
 */
export function parseChallenges(line: string): Challenge[] {
  const found: Item[] = [];
  let position = skip(line, 0, separator);
  while (position < line.length) {
    const end = skip(line, position, tokenCharacter);
    if (end === position) {
      position = skip(line, skipUnknown(line, position), separator);
      continue;
    }
    const name = line.slice(position, end).toLowerCase();
    const current = found.at(-1);
    const equals = skip(line, end, space);
    if (line[equals] === "=" && current !== undefined) {
      const { value, end: after } = readValue(line, skip(line, equals + 1, space));
      if (!current.params.has(name)) current.params.set(name, value);
      position = skip(line, after, separator);
      continue;
    }
    const { token68, end: after } = readToken68(line, end);
    found.push({ scheme: name, token68, params: new Map() });
    position = skip(line, after, separator);
  }
  return found;
}

const separator = /[ \t,]/;
const space = /[ \t]/;
/** RFC 9110 5.6.2. */
const tokenCharacter = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const bareCharacter = /[^ \t,"]/;
/** RFC 9110 11.2: alone after its scheme, or it would be a parameter. */
const token68 = /[ \t]+([A-Za-z0-9\-._~+/]+=*)(?=[ \t]*(?:,|$))/y;

function skip(text: string, start: number, character: RegExp): number {
  let position = start;
  while (position < text.length && character.test(text[position] ?? "")) position += 1;
  return position;
}

/** Past a character, or a quoted text, that no challenge begins with. */
function skipUnknown(text: string, start: number): number {
  return text[start] === '"' ? readValue(text, start).end : start + 1;
}

function readToken68(text: string, start: number): { readonly token68: string | undefined; readonly end: number } {
  token68.lastIndex = start;
  const match = token68.exec(text);
  return match === null ? { token68: undefined, end: start } : { token68: match[1], end: start + match[0].length };
}

function readValue(text: string, start: number): { readonly value: string; readonly end: number } {
  if (text[start] !== '"') {
    const end = skip(text, start, bareCharacter);
    return { value: text.slice(start, end), end };
  }
  const pieces: string[] = [];
  let pieceStart = start + 1;
  let position = pieceStart;
  while (position < text.length && text[position] !== '"') {
    if (text[position] === "\\") {
      pieces.push(text.slice(pieceStart, position));
      pieceStart = position + 1;
      position += 1;
    }
    position += 1;
  }
  pieces.push(text.slice(pieceStart, position));
  return { value: pieces.join(""), end: Math.min(position + 1, text.length) };
}
