import type { Expression, Matcher } from "./expression.ts";
import { ParseError } from "./query-error.ts";
import type { TokenReader } from "./token-reader.ts";
import type { Labels } from "./value.ts";

/** Reads `name`, `name{...}` or `{...}`; the reader stands at its first token. */
export function parseSelector(reader: TokenReader): Expression & { readonly kind: "selector" } {
  const { offset, type } = reader.peek();
  const name = type === "identifier" ? reader.next().text : undefined;
  const matchers: Matcher[] = [];
  if (reader.accept("brace", "{")) {
    while (!reader.accept("brace", "}")) {
      matchers.push(parseMatcher(reader));
      if (!reader.isAt("brace", "}") && !reader.accept("comma", ",")) throw reader.unexpected('label matching, expected "," or "}"');
    }
  }
  if (name !== undefined) {
    const second = matchers.find((matcher) => matcher.label === "__name__" && !matcher.isNegative && matcher.pattern === undefined);
    if (second !== undefined)
      throw new ParseError(reader.input, offset, `metric name must not be set twice: "${name}" or "${second.value}"`);
    matchers.unshift({ label: "__name__", isNegative: false, value: name, pattern: undefined });
  }
  if (matchers.every((matcher) => matchesValue(matcher, ""))) {
    throw new ParseError(reader.input, offset, "vector selector must contain at least one non-empty matcher");
  }
  return { kind: "selector", offset, matchers };
}

function parseMatcher(reader: TokenReader): Matcher {
  const { type, text: label, offset } = reader.peek();
  if (type !== "identifier") throw reader.unexpected('label matching, expected identifier or "}"');
  reader.next();
  const operator = reader.peek();
  if (operator.type !== "operator") throw reader.unexpected("label matching, expected label matching operator");
  reader.next();
  if (reader.peek().type !== "string") throw reader.unexpected("label matching, expected string");
  const value = reader.next().text;
  const isNegative = operator.text.startsWith("!");
  if (!operator.text.endsWith("~")) return { label, isNegative, value, pattern: undefined };
  try {
    return { label, isNegative, value, pattern: new RegExp(`^(?:${value})$`, "s") };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParseError(reader.input, offset, `error parsing regexp: ${reason}: \`^(?:${value})$\``);
  }
}

/** Whether a series with these labels is selected; an absent label counts as empty. */
export function matchesLabels(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matchesValue(matcher, Object.hasOwn(labels, matcher.label) ? (labels[matcher.label] ?? "") : ""));
}

function matchesValue({ pattern, value, isNegative }: Matcher, given: string): boolean {
  return (pattern === undefined ? given === value : pattern.test(given)) !== isNegative;
}
