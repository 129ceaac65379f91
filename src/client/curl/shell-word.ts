import { InvalidRequestError } from "../../errors/index.ts";

/** POSIX shell source that stands for a value; it can stand inside double quotes. */
export interface ShellValue {
  readonly source: string;
}

/** Literal text, and values that the shell puts in, in their order. */
export type ShellText = readonly (string | ShellValue)[];

/** One word of a POSIX shell command that the shell reads as exactly this text, pasted or in a script. */
export function shellWord(text: ShellText): string {
  const pieces = text.filter((piece) => piece !== "");
  if (pieces.every((piece) => typeof piece === "string")) return quoted(pieces.join(""));
  // Inside double quotes these mean something, ! to interactive shells.
  const isPlain = pieces.every((piece) => typeof piece !== "string" || !/[\\"$`!\x00-\x1f\x7f]/.test(piece));
  if (isPlain)
    return `"${pieces.map((piece, index) => (typeof piece === "string" ? piece : delimited(piece, pieces[index + 1]))).join("")}"`;
  return pieces.map((piece) => (typeof piece === "string" ? quoted(piece) : `"${piece.source}"`)).join("");
}

/** `$NAME` would go on into a letter that follows. */
function delimited({ source }: ShellValue, next: string | ShellValue | undefined): string {
  const name = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(source)?.[1];
  return name !== undefined && typeof next === "string" && /^[A-Za-z0-9_]/.test(next) ? `\${${name}}` : source;
}

function quoted(text: string): string {
  if (text.includes("\0")) {
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: "curl(): a value has a NUL character, which no command line can hold",
      hint: "Send bytes as the body: they are given to curl on its standard input.",
    });
  }
  // zsh expands a word that begins with =.
  return /^[\w@%+:,./-][\w@%+:,./=-]*$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The format that makes POSIX printf write exactly these bytes, quoted. */
export function printfFormat(bytes: Uint8Array): string {
  let format = "";
  for (const byte of bytes) {
    if (byte === 0x0a) format += String.raw`\n`;
    else if (byte === 0x25) format += "%%";
    else if (byte === 0x5c) format += String.raw`\\`;
    else if (byte === 0x27) format += String.raw`'\''`;
    else if (byte >= 0x20 && byte < 0x7f) format += String.fromCharCode(byte);
    else format += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  // A format that begins with - would be taken for an option.
  return `${format.startsWith("-") ? "-- " : ""}'${format}'`;
}
