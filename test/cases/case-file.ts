/** One section of a case: `-- name argument --` and the lines under it. */
export interface Section {
  /** Without the argument: `reply`, `stdout contains`. */
  readonly name: string;
  /** What the name is about: `GET /users`, `deploy.yaml`, `2`. */
  readonly argument: string;
  readonly isEscaped: boolean;
  /** With a final newline, unless it is empty. */
  readonly text: string;
  /** 1-based, of the section's own line. */
  readonly line: number;
}

/** A parsed case file. See README.md for the format. */
export interface Case {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** Names that take no argument, and names that need one. */
const plainNames = [
  "command",
  "env",
  "stdin",
  "terminal",
  "answers",
  "exit",
  "stdout",
  "stderr",
  "stdout contains",
  "stderr contains",
  "stdout lacks",
  "stderr lacks",
  "requests",
  "changes nothing",
];
const namesWithArgument = ["file", "reply", "request", "result", "missing"];
const repeatable = new Set(["file", "reply", "request", "result", "missing"]);

/** @throws Error that names the line: a misspelt section would make a case that tests nothing. */
export function parseCase(text: string): Case {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, index) => (/^-- .+ --$/.test(line) ? [index] : []));
  const title = lines.slice(0, starts[0] ?? lines.length).find((line) => line.trim() !== "");
  if (title === undefined) throw new Error("line 1: a case begins with its title");
  const sections = starts.map((start, index) => {
    const end = starts[index + 1] ?? lines.length;
    return {
      ...parseName(lines[start] ?? "", start + 1),
      text: bodyOf(lines.slice(start + 1, end), end === lines.length),
      line: start + 1,
    };
  });
  checkSections(sections);
  return { title: title.trim(), sections };
}

function bodyOf(lines: readonly string[], isLast: boolean): string {
  // The file's own final newline makes an empty last element.
  const own = isLast && lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  return own.map((line) => `${line.replace(/^\\(?=-- .+ --$)/, "")}\n`).join("");
}

function parseName(line: string, number: number): Pick<Section, "name" | "argument" | "isEscaped"> {
  const words = line.slice(3, -3).trim();
  const isEscaped = words.endsWith(" escaped");
  const full = isEscaped ? words.slice(0, -" escaped".length) : words;
  if (plainNames.includes(full)) return { name: full, argument: "", isEscaped };
  const [name = "", ...rest] = full.split(" ");
  if (namesWithArgument.includes(name) && rest.length > 0) return { name, argument: rest.join(" "), isEscaped };
  throw new Error(`line ${number}: '${full}' is not a section. There are ${[...plainNames, ...namesWithArgument].join(", ")}`);
}

function checkSections(sections: readonly Section[]): void {
  for (const section of sections) {
    const twin = sections.find((other) => other !== section && other.name === section.name && !repeatable.has(section.name));
    if (twin !== undefined) throw new Error(`line ${twin.line}: the section '${section.name}' stands twice`);
  }
  if (!sections.some((section) => section.name === "command")) throw new Error("the section 'command' is missing");
  const asserts = new Set([
    "exit",
    "stdout",
    "stderr",
    "stdout contains",
    "stderr contains",
    "requests",
    "request",
    "result",
    "changes nothing",
  ]);
  if (!sections.some((section) => asserts.has(section.name))) throw new Error("nothing is expected: the case cannot fail");
}

/** Reads `\n`, `\xNN` and the like. */
export function unescapeBytes(text: string): Buffer {
  const parts = text.split(/(\\x[\da-f]{2}|\\[ntre\\])/i);
  const simple: Readonly<Record<string, string>> = { "\\n": "\n", "\\t": "\t", "\\r": "\r", "\\e": "\u001b", "\\\\": "\\" };
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\x/i.test(part)) return Buffer.from([Number.parseInt(part.slice(2), 16)]);
      return Buffer.from(simple[part] ?? part);
    }),
  );
}

/** The reverse of {@link unescapeBytes}, for comparing: newlines stay newlines. */
export function escapeBytes(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      if (byte === 0x1b) return "\\e";
      if (byte === 0x0d) return "\\r";
      if (byte === 0x09) return "\\t";
      if (byte === 0x5c) return "\\\\";
      return byte === 0x0a || (byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

/** Splits a command line as a shell does: quotes, backslashes, lines that go on. No variables, no globs. */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  const pattern = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([\s\S])|([^\s'"\\]+)|(\s+)/g;
  let word: string | undefined;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index !== at) break;
    at += match[0].length;
    const [, single, double, escaped, bare, space] = match;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (escaped !== "\n") word = (word ?? "") + (single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? bare ?? "");
  }
  if (at !== text.length) throw new Error(`the command has an open quote: ${text.slice(at)}`);
  if (word !== undefined) words.push(word);
  return words;
}
