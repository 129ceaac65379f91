/** Parameters by lower-case name; the first of a name counts. Without a prototype, so that no name finds a method. */
type Parameters = Record<string, string>;

export interface ReadParameters {
  readonly params: Parameters;
  /** Where reading stopped: at the first character that continues no parameter. */
  readonly end: number;
}

/** Reads `; name=value; name="quoted \" value"` (RFC 9110 5.6.6) from `start`, in one pass whatever the input. */
export function readParameters(text: string, start: number): ReadParameters {
  const params: Parameters = Object.create(null);
  let position = skipSpace(text, start);
  while (text[position] === ";") {
    const nameStart = skipSpace(text, position + 1);
    position = skipToken(text, nameStart);
    const name = text.slice(nameStart, position).toLowerCase();
    position = skipSpace(text, position);
    let value = "";
    if (text[position] === "=") {
      const read = readValue(text, skipSpace(text, position + 1));
      value = read.value;
      position = skipSpace(text, read.end);
    }
    if (name !== "" && !(name in params)) params[name] = value;
  }
  return { params, end: position };
}

export function skipSpace(text: string, start: number): number {
  let position = start;
  while (text[position] === " " || text[position] === "\t") position += 1;
  return position;
}

function skipToken(text: string, start: number): number {
  let position = start;
  while (position < text.length && !' \t;,="'.includes(text[position] ?? "")) position += 1;
  return position;
}

function readValue(text: string, start: number): { value: string; end: number } {
  if (text[start] !== '"') {
    // Bare values may hold "=", as in base64; RFC 8288 3 wants such leniency.
    let end = start;
    while (end < text.length && !" \t;,".includes(text[end] ?? "")) end += 1;
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
