import {
  CALLS,
  isComparison,
  isSetOperator,
  typeOf,
  type AggregateOperator,
  type BinaryOperator,
  type CallName,
  type Expression,
  type Grouping,
} from "./expression.ts";
import { ParseError, UnsupportedError } from "./query-error.ts";
import { parseSelector } from "./selector.ts";
import { TokenReader } from "./token-reader.ts";

/** From the weakest: each level binds tighter than the one before. `^` groups to the right, the others to the left. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["or"],
  ["and", "unless"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
  ["^"],
];
const POWER_LEVEL = LEVELS.length - 1;

const AGGREGATES: readonly AggregateOperator[] = ["sum", "min", "max", "avg", "count"];
const OTHER_AGGREGATES = new Set(["group", "stddev", "stdvar", "count_values", "bottomk", "topk", "quantile"]);

/** What Prometheus has besides: valid there, so not an unknown function. */
const OTHER_FUNCTIONS =
  /^(?:abs|absent_over_time|a?(?:cos|sin|tan)h?|(?:avg|min|max|sum|count|quantile|stddev|stdvar|last|present)_over_time|ceil|changes|clamp(?:_max|_min)?|day_of_(?:month|week|year)|days_in_month|deg|delta|deriv|exp|floor|histogram_(?:count|fraction|quantile|sum)|holt_winters|hour|i?delta|increase|i?rate|label_(?:join|replace)|ln|log2|log10|minute|month|pi|predict_linear|rad|resets|round|sgn|sort(?:_desc)?|sqrt|year)$/;

/**
 * Parses the part of PromQL that the stand-in computes.
 * @throws ParseError with Prometheus's message when it is no PromQL
 * @throws UnsupportedError when it is, but beyond the stand-in
 */
export function parseExpression(input: string): Expression {
  const reader = new TokenReader(input);
  if (reader.peek().type === "end") throw new ParseError(input, 0, "no expression found in input");
  try {
    const expression = parseLevel(reader, 0);
    if (reader.peek().type !== "end") throw reader.unexpected();
    return expression;
  } catch (error) {
    // The rest of the text may still be no PromQL at all: `rate(up[5m]`.
    if (error instanceof UnsupportedError) reader.checkRest();
    throw error;
  }
}

function parseLevel(reader: TokenReader, level: number): Expression {
  if (level > POWER_LEVEL) return parsePostfix(reader);
  // Unary signs bind weaker than ^ and tighter than *: -2^2 is -4.
  let left = level === POWER_LEVEL ? parseUnary(reader) : parseLevel(reader, level + 1);
  for (;;) {
    const operator = level === POWER_LEVEL ? undefined : LEVELS[level]?.find((candidate) => isAtOperator(reader, candidate));
    if (operator === undefined) return left;
    left = parseRight(reader, { left, operator, level });
  }
}

function parseUnary(reader: TokenReader): Expression {
  const { offset } = reader.peek();
  const isNegative = reader.isAt("operator", "-");
  if (isNegative || reader.isAt("operator", "+")) {
    reader.next();
    const operand = parseUnary(reader);
    const type = typeOf(operand);
    if (type === "string") {
      throw new ParseError(
        reader.input,
        offset,
        `unary expression only allowed on expressions of type scalar or instant vector, got "${type}"`,
      );
    }
    return isNegative ? { kind: "negate", offset, operand } : operand;
  }
  const left = parsePostfix(reader);
  return reader.isAt("operator", "^") ? parseRight(reader, { left, operator: "^", level: POWER_LEVEL }) : left;
}

function isAtOperator(reader: TokenReader, operator: BinaryOperator): boolean {
  return reader.isAt(isSetOperator(operator) ? "identifier" : "operator", operator);
}

interface LeftSide {
  readonly left: Expression;
  readonly operator: BinaryOperator;
  readonly level: number;
}

function parseRight(reader: TokenReader, { left, operator, level }: LeftSide): Expression {
  const { offset } = reader.next();
  const isBool = reader.accept("identifier", "bool");
  for (const modifier of ["on", "ignoring"]) {
    if (reader.isAt("identifier", modifier) && reader.peekSecond().text === "(")
      throw new UnsupportedError(`vector matching with ${modifier}()`);
  }
  const right = level === POWER_LEVEL ? parseUnary(reader) : parseLevel(reader, level + 1);
  const types = [typeOf(left), typeOf(right)];
  if (isBool && !isComparison(operator))
    throw new ParseError(reader.input, offset, "bool modifier can only be used on comparison operators");
  if (isComparison(operator) && !isBool && types.every((type) => type === "scalar")) {
    throw new ParseError(reader.input, offset, "comparisons between scalars must use BOOL modifier");
  }
  if (isSetOperator(operator) && types.includes("scalar")) {
    throw new ParseError(reader.input, left.offset, `set operator "${operator}" not allowed in binary scalar expression`);
  }
  for (const side of [left, right]) {
    if (typeOf(side) === "string")
      throw new ParseError(reader.input, side.offset, "binary expression must contain only scalar and instant vector types");
  }
  return { kind: "binary", offset: left.offset, operator, isBool, left, right };
}

/** A primary, and what may follow it that the stand-in leaves out. */
function parsePostfix(reader: TokenReader): Expression {
  const expression = parsePrimary(reader);
  if (reader.peek().type === "range") throw new UnsupportedError("ranges and subqueries");
  if (reader.peek().type === "at" || reader.isAt("identifier", "offset")) throw new UnsupportedError("offset and @ modifiers");
  return expression;
}

function parsePrimary(reader: TokenReader): Expression {
  const { type, text, offset } = reader.peek();
  if (reader.accept("paren", "(")) {
    const inner = parseLevel(reader, 0);
    closeParen(reader);
    return inner;
  }
  if (type === "number") return { kind: "number", offset, value: Number(reader.next().text) };
  if (type === "string") return { kind: "string", offset, value: reader.next().text };
  if (type === "brace" && text === "{") return parseSelector(reader);
  if (type !== "identifier" || ["bool", "and", "or", "unless", "by", "without", "on", "ignoring", "offset"].includes(text))
    throw reader.unexpected();
  const second = reader.peekSecond();
  const isCall = second.type === "paren" && second.text === "(";
  const isGrouped = second.type === "identifier" && (second.text === "by" || second.text === "without");
  const aggregate = AGGREGATES.find((name) => name === text.toLowerCase());
  if (isCall || isGrouped) {
    if (aggregate !== undefined) return parseAggregate(reader, aggregate);
    if (OTHER_AGGREGATES.has(text.toLowerCase())) throw new UnsupportedError(`${text}()`);
  }
  if (isCall) return parseCall(reader);
  if (/^(?:inf|nan)$/i.test(text))
    return { kind: "number", offset, value: reader.next().text.toLowerCase() === "inf" ? Infinity : Number.NaN };
  return parseSelector(reader);
}

function closeParen(reader: TokenReader): void {
  if (!reader.accept("paren", ")")) throw reader.unexpected();
}

function parseArguments(reader: TokenReader): Expression[] {
  const args: Expression[] = [];
  if (!reader.accept("paren", "(")) throw reader.unexpected();
  while (!reader.accept("paren", ")")) {
    args.push(parseLevel(reader, 0));
    if (!reader.isAt("paren", ")") && !reader.accept("comma", ",")) throw reader.unexpected();
  }
  return args;
}

function parseCall(reader: TokenReader): Expression {
  const { text: name, offset } = reader.next();
  if (!isCallName(name)) {
    if (OTHER_FUNCTIONS.test(name)) throw new UnsupportedError(`${name}()`);
    throw new ParseError(reader.input, offset, `unknown function with name "${name}"`);
  }
  const args = parseArguments(reader);
  const wanted = CALLS[name].args;
  if (args.length !== wanted.length) {
    throw new ParseError(reader.input, offset, `expected ${wanted.length} argument(s) in call to "${name}", got ${args.length}`);
  }
  for (const [index, type] of wanted.entries()) {
    const arg = args[index];
    if (arg === undefined || typeOf(arg) === type) continue;
    throw new ParseError(reader.input, arg.offset, `expected type ${type} in call to function "${name}", got ${typeOf(arg)}`);
  }
  return { kind: "call", offset, name, args };
}

function parseAggregate(reader: TokenReader, operator: AggregateOperator): Expression {
  const { offset } = reader.next();
  const before = parseGrouping(reader);
  const args = parseArguments(reader);
  const grouping = before ?? parseGrouping(reader) ?? { isBy: true, labels: [] };
  const [operand] = args;
  if (operand === undefined) throw new ParseError(reader.input, offset, "no arguments for aggregate expression provided");
  if (args.length > 1)
    throw new ParseError(
      reader.input,
      offset,
      `wrong number of arguments for aggregate expression provided, expected 1, got ${args.length}`,
    );
  if (typeOf(operand) !== "instant vector") {
    throw new ParseError(reader.input, operand.offset, `expected type instant vector in aggregation expression, got ${typeOf(operand)}`);
  }
  return { kind: "aggregate", offset, operator, grouping, operand };
}

function parseGrouping(reader: TokenReader): Grouping | undefined {
  const isBy = reader.isAt("identifier", "by");
  if (!isBy && !reader.isAt("identifier", "without")) return undefined;
  reader.next();
  const labels: string[] = [];
  if (!reader.accept("paren", "(")) throw reader.unexpected("grouping opts");
  while (!reader.accept("paren", ")")) {
    if (reader.peek().type !== "identifier") throw reader.unexpected("grouping opts, expected label");
    labels.push(reader.next().text);
    if (!reader.isAt("paren", ")") && !reader.accept("comma", ",")) throw reader.unexpected('grouping opts, expected "," or ")"');
  }
  return { isBy, labels };
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(CALLS, name);
}
