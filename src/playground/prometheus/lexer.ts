import { ParseError } from "./query-error.ts";

type TokenType =
  | "number"
  | "duration"
  | "string"
  | "identifier"
  | "operator"
  | "equal"
  | "paren"
  | "brace"
  | "comma"
  | "range"
  | "at"
  | "end"
  | "error";

export interface Token {
  readonly type: TokenType;
  /** As written; the content of a string; the message of an error. */
  readonly text: string;
  /** From 0. */
  readonly offset: number;
}

const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_])/y;
const IDENTIFIER = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const LABEL = /[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`]*)`/y;
const RANGE = /\[[^\]]*\]/y;
const OPERATOR = /==|!=|<=|>=|[-+*/%^<>]/y;
const MATCHER = /=~|!~|!=|=/y;

/**
 * Splits a PromQL expression. What cannot be read becomes a final `error` token, for the parser may find an earlier fault first;
 * the wordings are those of Prometheus 2.42.
 */
export function lex(input: string): Token[] {
  const lexer = new Lexer(input);
  try {
    lexer.run();
  } catch (error) {
    if (!(error instanceof LexicalError)) throw error;
    lexer.tokens.push({ type: "error", text: error.message, offset: error.offset });
  }
  return lexer.tokens;
}

/** The error that an `error` token stands for. */
export function tokenError(input: string, token: Token): ParseError {
  return new ParseError(input, token.offset, token.text);
}

class LexicalError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

class Lexer {
  readonly tokens: Token[] = [];
  readonly #input: string;
  #offset = 0;
  #parens = 0;
  #isInBraces = false;

  constructor(input: string) {
    this.#input = input;
  }

  run(): void {
    while (this.#skipBlank() < this.#input.length) {
      if (this.#isInBraces) this.#insideBraces();
      else this.#statement();
    }
    const end = this.#input.length;
    if (this.#isInBraces) throw new LexicalError(end, "unexpected end of input inside braces");
    if (this.#parens > 0) throw new LexicalError(end, "unclosed left parenthesis");
    this.tokens.push({ type: "end", text: "", offset: end });
  }

  /** Blanks and comments. */
  #skipBlank(): number {
    this.#take(/(?:\s|#[^\n]*)*/y);
    return this.#offset;
  }

  #statement(): void {
    const start = this.#offset;
    const character = this.#input[start] ?? "";
    switch (character) {
      case "(":
      case ")":
        this.#offset += 1;
        this.#parens += character === "(" ? 1 : -1;
        if (this.#parens < 0) throw new LexicalError(start + 1, "unexpected right parenthesis ')'");
        return this.#push("paren", character, start);
      case "{":
        this.#offset += 1;
        this.#isInBraces = true;
        return this.#push("brace", character, start);
      case ",":
      case "@":
        this.#offset += 1;
        return this.#push(character === "," ? "comma" : "at", character, start);
      case "[":
        if (this.#takeToken("range", RANGE)) return;
        throw new LexicalError(this.#input.length, "unclosed left bracket");
      default:
        if (this.#quoted() || this.#number() || this.#takeToken("operator", OPERATOR) || this.#takeToken("identifier", IDENTIFIER)) return;
        return this.#equalOrUnknown(start);
    }
  }

  #equalOrUnknown(start: number): void {
    const character = this.#characterAt(start);
    const next = this.#characterAt(start + 1);
    if (character === "!" || (character === "=" && next === "~"))
      throw new LexicalError(start, `unexpected character after '${character}': '${next}'`);
    if (character !== "=") throw new LexicalError(start, `unexpected character: '${character}'`);
    this.#offset += 1;
    this.#push("equal", character, start);
  }

  #insideBraces(): void {
    const start = this.#offset;
    const character = this.#characterAt(start);
    if (character === "}" || character === ",") {
      this.#offset += 1;
      if (character === "}") this.#isInBraces = false;
      return this.#push(character === "}" ? "brace" : "comma", character, start);
    }
    if (this.#quoted() || this.#takeToken("identifier", LABEL) || this.#takeToken("operator", MATCHER)) return;
    if (character === "!") throw new LexicalError(start, `unexpected character after '!' inside braces: '${this.#characterAt(start + 1)}'`);
    throw new LexicalError(start, `unexpected character inside braces: '${character}'`);
  }

  /** Past the end, the replacement character, as Go prints its end-of-file rune. */
  #characterAt(offset: number): string {
    const code = this.#input.codePointAt(offset);
    return code === undefined ? "\uFFFD" : String.fromCodePoint(code);
  }

  #quoted(): boolean {
    const start = this.#offset;
    if (!/["'`]/.test(this.#input[start] ?? "")) return false;
    const match = this.#take(STRING);
    if (match === undefined) throw new LexicalError(start, "unterminated quoted string");
    this.#push("string", match[3] ?? unescapeText(match[1] ?? match[2] ?? ""), start);
    return true;
  }

  #number(): boolean {
    const start = this.#offset;
    if (this.#takeToken("duration", DURATION)) return true;
    const match = this.#take(NUMBER);
    if (match === undefined) return false;
    if (/\w/.test(this.#input[this.#offset] ?? "")) throw new LexicalError(start, `bad number or duration syntax: "${match[0]}"`);
    this.#push("number", match[0], start);
    return true;
  }

  #takeToken(type: TokenType, pattern: RegExp): boolean {
    const start = this.#offset;
    const match = this.#take(pattern);
    if (match !== undefined) this.#push(type, match[0], start);
    return match !== undefined;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#input);
    if (match === null) return undefined;
    this.#offset += match[0].length;
    return match;
  }

  #push(type: TokenType, text: string, offset: number): void {
    this.tokens.push({ type, text, offset });
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_match, character: string) => ESCAPES[character] ?? character);
}
