/** Where a value stands that a form introduced. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** The text ends before the value does, as far as one can see. */
  readonly isOpen: boolean;
  /** False for what turned out to be prose. */
  readonly isCredential: boolean;
}

/** What errand itself shows in place of a credential. */
const MARK = /^\[(?:redacted|secret [^\]\r\n]*)\]$/;

/** The value as long as it matches a sticky pattern. */
export function matching(pattern: RegExp, text: string, start: number): Found {
  pattern.lastIndex = start;
  const end = start + (pattern.exec(text)?.[0].length ?? 0);
  return { start, end, isOpen: end === text.length, isCredential: end > start };
}

/** The value up to a terminator. */
export function upTo(terminator: string, text: string, start: number): Found {
  const at = text.indexOf(terminator, start);
  return { start, end: at === -1 ? text.length : at, isOpen: at === -1, isCredential: true };
}

/** The inside of a value in quotes, JSON-escaped quotes included; undefined when it begins with none. */
export function quoted(text: string, start: number): Found | undefined {
  if (text.startsWith('\\"', start)) return upTo('\\"', text, start + 2);
  if (text.charAt(start) === "'") return upTo("'", text, start + 1);
  if (text.charAt(start) === '"') return upToPlainQuote(text, start + 1);
  // A chunk may end inside `\"`.
  return text.endsWith("\\") && start === text.length - 1 ? { start, end: start, isOpen: true, isCredential: false } : undefined;
}

/** A field's value: quoted, or up to the next separator without the brackets and commas before it. */
export function fieldValue(text: string, start: number): Found {
  const inQuotes = quoted(text, start);
  if (inQuotes !== undefined) return inQuotes;
  const found = matching(/(?:\[secret [^\]\r\n]*\])?[^\s"'&;<>]*/y, text, start);
  let { end } = found;
  while (end > start && ",)}].".includes(text.charAt(end - 1)) && !MARK.test(text.slice(start, end))) end -= 1;
  return { ...found, end, isCredential: end > start };
}

function upToPlainQuote(text: string, start: number): Found {
  let at = text.indexOf('"', start);
  while (at !== -1 && isEscaped(text, at, start)) at = text.indexOf('"', at + 1);
  return { start, end: at === -1 ? text.length : at, isOpen: at === -1, isCredential: true };
}

function isEscaped(text: string, at: number, from: number): boolean {
  let backslashes = 0;
  while (at - backslashes > from && text.charAt(at - backslashes - 1) === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}
