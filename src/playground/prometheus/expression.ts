/** `name="value"` and its kin; values of =~ and !~ match the whole label, as everywhere in Prometheus. */
export interface Matcher {
  readonly label: string;
  readonly isNegative: boolean;
  /** For `=` and `!=`; the source of the pattern otherwise. */
  readonly value: string;
  readonly pattern: RegExp | undefined;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^";
export type ComparisonOperator = "==" | "!=" | "<" | ">" | "<=" | ">=";
export type SetOperator = "and" | "or" | "unless";
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;
export type AggregateOperator = "sum" | "min" | "max" | "avg" | "count";

/** A parsed expression. `offset` is where it begins, for messages. */
export type Expression = { readonly offset: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "selector"; readonly matchers: readonly Matcher[] }
  | { readonly kind: "negate"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly isBool: boolean;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: CallName; readonly args: readonly Expression[] }
  | { readonly kind: "aggregate"; readonly operator: AggregateOperator; readonly grouping: Grouping; readonly operand: Expression }
);

/** `by (labels)` or `without (labels)`; no clause is `by ()`. */
export interface Grouping {
  readonly isBy: boolean;
  readonly labels: readonly string[];
}

export type ValueType = "scalar" | "instant vector" | "string";

/** The functions that the stand-in computes. */
export const CALLS = {
  time: { args: [], type: "scalar" },
  vector: { args: ["scalar"], type: "instant vector" },
  scalar: { args: ["instant vector"], type: "scalar" },
  absent: { args: ["instant vector"], type: "instant vector" },
  timestamp: { args: ["instant vector"], type: "instant vector" },
} as const satisfies Record<string, { readonly args: readonly ValueType[]; readonly type: ValueType }>;

export type CallName = keyof typeof CALLS;

/** The type is known before evaluation, as in Prometheus: a wrong one is a parse error. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
    case "aggregate":
      return "instant vector";
    case "negate":
      return typeOf(expression.operand);
    case "call":
      return CALLS[expression.name].type;
    case "binary":
      return typeOf(expression.left) === "scalar" && typeOf(expression.right) === "scalar" ? "scalar" : "instant vector";
  }
}

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return ["==", "!=", "<", ">", "<=", ">="].includes(operator);
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === "and" || operator === "or" || operator === "unless";
}
