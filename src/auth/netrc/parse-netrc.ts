/** What a file says about one machine, or about all others (`default`). */
export interface NetrcEntry {
  /** Lower case, as it stands there, perhaps with a port; undefined for `default`. */
  readonly machine: string | undefined;
  /** 1-based. */
  readonly line: number;
  login?: string;
  password?: string;
  account?: string;
  /** Of the `port` keyword that git's helper knows. */
  port?: string;
  /** Why it cannot be used, and where; never with a word of the file, which may be a password. */
  problem?: { readonly line: number; readonly text: string };
}

interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
  /** The quote was never closed. */
  readonly isOpen: boolean;
  readonly end: number;
}

type Field = "login" | "password" | "account" | "port";

const fields: ReadonlyMap<string, Field> = new Map([
  ["login", "login"],
  ["user", "login"],
  ["password", "password"],
  ["passwd", "password"],
  ["account", "account"],
  ["port", "port"],
]);

/**
 * Reads a netrc file as curl does: keywords in any case, line breaks like blanks, quoted tokens with backslash escapes, `#` comments,
 * macros skipped. Never throws: what cannot be read is noted at the entry it stands in, for the others are still good.
 *
 * Unlike curl it takes a value that begins with `#` for a value.
 */
export function parseNetrc(text: string): NetrcEntry[] {
  const reader = new NetrcReader();
  text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .forEach((line, index) => reader.readLine(line.replace(/\r$/, ""), index + 1));
  return reader.finish();
}

class NetrcReader {
  readonly #entries: NetrcEntry[] = [];
  #entry: NetrcEntry | undefined;
  /** The keyword whose value comes next. */
  #pending: { readonly field: Field | "machine" | "macdef"; readonly line: number } | undefined;
  #isInMacro = false;

  readLine(line: string, number: number): void {
    if (this.#isInMacro) {
      // A macro ends at an empty line.
      this.#isInMacro = line !== "";
      return;
    }
    let position = skipBlanks(line, 0);
    while (position < line.length && !this.#isInMacro) {
      if (this.#pending === undefined && line[position] === "#") return;
      const token = readToken(line, position);
      this.#take(token, number);
      position = skipBlanks(line, token.end);
    }
  }

  finish(): NetrcEntry[] {
    this.#refuseMissingValue();
    return this.#entries;
  }

  #take(token: Token, line: number): void {
    const { text } = token;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) this.#takeKeyword(token, line);
    else if (pending.field === "macdef") this.#isInMacro = true;
    else if (pending.field === "machine") this.#open(text.toLowerCase(), line);
    else if (this.#entry !== undefined) this.#entry[pending.field] ??= text;
    if (token.isOpen) this.#note(line, "has a quote that is not closed");
  }

  #takeKeyword({ text, isQuoted }: Token, line: number): void {
    const keyword = isQuoted ? "" : text.toLowerCase();
    const field = fields.get(keyword);
    if (keyword === "machine" || keyword === "macdef") this.#entry = undefined;
    if (keyword === "machine" || keyword === "macdef") this.#pending = { field: keyword, line };
    else if (keyword === "default") this.#open(undefined, line);
    else if (field !== undefined) this.#pending = { field, line };
    else this.#note(line, "has a word that is no keyword; a value with blanks needs double quotes");
  }

  #open(machine: string | undefined, line: number): void {
    this.#entry = { machine, line };
    this.#entries.push(this.#entry);
  }

  #refuseMissingValue(): void {
    if (this.#pending !== undefined) this.#note(this.#pending.line, "ends where a value should stand");
  }

  /** Outside an entry nothing can be wrong that matters. */
  #note(line: number, text: string): void {
    if (this.#entry !== undefined) this.#entry.problem ??= { line, text };
  }
}

function skipBlanks(line: string, start: number): number {
  let position = start;
  while (line[position] === " " || line[position] === "\t") position += 1;
  return position;
}

function readToken(line: string, start: number): Token {
  if (line[start] === '"') return readQuoted(line, start + 1);
  let end = start;
  while (end < line.length && line[end] !== " " && line[end] !== "\t") end += 1;
  return { text: line.slice(start, end), isQuoted: false, isOpen: false, end };
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** A quoted token stands on one line. */
function readQuoted(line: string, start: number): Token {
  let text = "";
  for (let position = start; position < line.length; position += 1) {
    const character = line[position] ?? "";
    if (character === '"') return { text, isQuoted: true, isOpen: false, end: position + 1 };
    if (character !== "\\") {
      text += character;
      continue;
    }
    position += 1;
    const escaped = line[position] ?? "";
    text += escapes[escaped] ?? escaped;
  }
  return { text, isQuoted: true, isOpen: true, end: line.length };
}
