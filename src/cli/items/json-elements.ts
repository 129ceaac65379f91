/**
 * The texts of a list's elements, as they came: a number too long for JavaScript stays what it is. The list is the JSON array itself, or the
 * only array among the JSON object's members.
 *
 * @param text known to be JSON
 * @returns undefined where there is no such list; `names` then are the arrays there are
 */
export function jsonElements(text: string): { readonly elements: readonly string[] } | { readonly names: readonly string[] } {
  const start = skipSpace(text, 0);
  if (text[start] === "[") return { elements: [...elements(text, start)] };
  const arrays = text[start] === "{" ? [...members(text, start)].filter(({ value }) => value.startsWith("[")) : [];
  const [only] = arrays;
  if (only !== undefined && arrays.length === 1) return { elements: [...elements(only.value, 0)] };
  return { names: arrays.map(({ name }) => name) };
}

/** JSON text on one line: the space between its tokens is left out. */
export function onOneLine(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_match, quoted: string | undefined) => quoted ?? "");
}

function* elements(text: string, start: number): Generator<string> {
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== "]") {
    const end = valueEnd(text, at);
    yield text.slice(at, end);
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

function* members(text: string, start: number): Generator<{ readonly name: string; readonly value: string }> {
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== "}") {
    const nameEnd = valueEnd(text, at);
    const name = text.slice(at + 1, nameEnd - 1);
    const begin = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = valueEnd(text, begin);
    yield { name, value: text.slice(begin, end) };
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

/** Where the value that begins here ends. */
function valueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  let at = start;
  if (first !== "{" && first !== "[") {
    while (at < text.length && !/[\s,\]}:]/.test(text[at] ?? "")) at += 1;
    return at;
  }
  let depth = 0;
  do {
    const char = text[at];
    if (char === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    at += 1;
  } while (depth > 0 && at < text.length);
  return at;
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (/\s/.test(text[at] ?? "")) at += 1;
  return at;
}
