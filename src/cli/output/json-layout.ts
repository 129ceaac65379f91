import type { Color, Paint } from "./color.ts";
import { escapeControls, hasControls } from "./control-characters.ts";

/** Deeper levels are not indented further: 100,000 brackets must not become gigabytes of spaces. */
const deepestIndent = 100;

export interface JsonLayoutOptions {
  readonly paint: Paint;
  /** False keeps the space between tokens as it came, and only colours. */
  readonly isIndented: boolean;
}

/**
 * Lays JSON out while it arrives, by its tokens: order of keys, duplicate keys and the text of numbers and strings stay as they came.
 * Memory stays flat whatever the length. What is no JSON is passed on token by token; it is not judged here.
 */
export class JsonLayout {
  readonly #paint: Paint;
  readonly #isIndented: boolean;
  /** `{` and `[` that are open. */
  readonly #open: string[] = [];
  /** The last token: a bracket, `,`, `:`, or `v` for a value; empty at the start. */
  #previous = "";
  /** The colour of the string or word that the last piece ended in. */
  #inside: { readonly kind: "string" | "word"; readonly color: Color } | undefined;
  #isEscaped = false;
  /** The quote that begins a string is the next character. */
  #isOpening = false;

  constructor({ paint, isIndented }: JsonLayoutOptions) {
    this.#paint = paint;
    this.#isIndented = isIndented;
  }

  /** The next piece of the text; a piece may end anywhere. */
  push(text: string): string {
    const show = hasControls(text) ? escapeControls : (clean: string): string => clean;
    let output = "";
    let at = 0;
    while (at < text.length) {
      const start = at;
      const inside = this.#inside;
      if (inside !== undefined) {
        at = inside.kind === "string" ? this.#stringEnd(text, at) : this.#wordEnd(text, at);
        if (at > start) output += this.#paint(inside.color, show(text.slice(start, at)));
      } else if (isSpace(text.charCodeAt(at))) {
        at = spaceEnd(text, at);
        if (!this.#isIndented) output += text.slice(start, at);
      } else {
        output += this.#begin(text[at] ?? "");
        // A string's quote belongs to its colour, a word's first character too.
        if (this.#inside === undefined) at += 1;
      }
    }
    return output;
  }

  /** What stands before the token that this character begins, and the token itself where it is one character. */
  #begin(char: string): string {
    const isFirst = this.#previous === "{" || this.#previous === "[";
    const before = this.#previous;
    if (char === "}" || char === "]") {
      this.#open.pop();
      this.#previous = char;
      return isFirst ? char : this.#newline() + char;
    }
    if (char === "," || char === ":") {
      this.#previous = char;
      return char === ":" && this.#isIndented ? ": " : char;
    }
    const gap = isFirst || before === "," || (this.#open.length === 0 && before !== "") ? this.#newline() : "";
    if (char === "{" || char === "[") {
      this.#open.push(char);
      this.#previous = char;
      return gap + char;
    }
    const isKey = this.#open.at(-1) === "{" && before !== ":";
    this.#isOpening = char === '"';
    this.#inside = { kind: this.#isOpening ? "string" : "word", color: tokenColor(char, isKey) };
    this.#previous = "v";
    return gap;
  }

  #newline(): string {
    return this.#isIndented ? `\n${"  ".repeat(Math.min(this.#open.length, deepestIndent))}` : "";
  }

  #stringEnd(text: string, start: number): number {
    let at = start;
    if (this.#isOpening || this.#isEscaped) at += 1;
    this.#isOpening = false;
    this.#isEscaped = false;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#inside = undefined;
        return at + 1;
      }
      if (code !== 0x5c) continue;
      at += 1;
      if (at >= text.length) this.#isEscaped = true;
    }
    return text.length;
  }

  /** A number, `true`, `false`, `null`, or what is none of JSON's tokens. */
  #wordEnd(text: string, start: number): number {
    let at = start;
    while (at < text.length && !isSpace(text.charCodeAt(at)) && !isDelimiter(text.charCodeAt(at))) at += 1;
    if (at < text.length) this.#inside = undefined;
    return at;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** One of `{}[]:,"`. */
function isDelimiter(code: number): boolean {
  return code === 0x2c || code === 0x3a || code === 0x22 || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d;
}

function spaceEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function tokenColor(first: string, isKey: boolean): Color {
  if (isKey) return "blue";
  if (first === '"') return "green";
  return /[-\d]/.test(first) ? "cyan" : "magenta";
}
