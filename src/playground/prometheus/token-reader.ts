import { lex, tokenError, type Token } from "./lexer.ts";
import { ParseError } from "./query-error.ts";

const KEYWORDS = new Set([
  "and",
  "or",
  "unless",
  "bool",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "offset",
  "start",
  "end",
]);

/** Walks through the tokens of an expression. */
export class TokenReader {
  readonly input: string;
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(input: string) {
    this.input = input;
    this.#tokens = lex(input);
  }

  /** The next token; throws when the text could not be read from here. */
  peek(): Token {
    return this.#at(this.#index);
  }

  /** The token after the next one. */
  peekSecond(): Token {
    return this.#at(this.#index + 1);
  }

  next(): Token {
    const token = this.peek();
    if (token.type !== "end") this.#index += 1;
    return token;
  }

  /** Whether the next token is this operator, keyword or punctuation. */
  isAt(type: Token["type"], text: string): boolean {
    const token = this.peek();
    return token.type === type && token.text === text;
  }

  /** Takes the token when it is there. */
  accept(type: Token["type"], text: string): boolean {
    const isThere = this.isAt(type, text);
    if (isThere) this.next();
    return isThere;
  }

  /** Prometheus's message for a token out of place; `context` goes on after it. */
  unexpected(context = ""): ParseError {
    const token = this.peek();
    return new ParseError(this.input, token.offset, `unexpected ${describe(token)}${context === "" ? "" : ` in ${context}`}`);
  }

  /** Throws when the text cannot be read to its end. */
  checkRest(): void {
    this.#at(this.#tokens.length - 1);
  }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)];
    if (token === undefined) throw new RangeError("an expression has at least its end token");
    if (token.type === "error") throw tokenError(this.input, token);
    return token;
  }
}

function describe({ type, text }: Token): string {
  switch (type) {
    case "end":
      return "end of input";
    case "operator":
      return /^[=!]~?$/.test(text) ? `"${text}"` : `<op:${text}>`;
    case "string":
      return `string ${JSON.stringify(`"${text}"`)}`;
    case "identifier":
      return KEYWORDS.has(text)
        ? text === "and" || text === "or" || text === "unless"
          ? `<op:${text}>`
          : `<${text}>`
        : `identifier "${text}"`;
    case "number":
    case "duration":
      return `${type} "${text}"`;
    default:
      return `"${text}"`;
  }
}
