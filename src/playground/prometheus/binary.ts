import {
  isComparison,
  isSetOperator,
  type ArithmeticOperator,
  type BinaryOperator,
  type ComparisonOperator,
  type SetOperator,
} from "./expression.ts";
import { QueryError } from "./query-error.ts";
import type { Labels, Sample, Value } from "./value.ts";

export interface Operation {
  readonly operator: BinaryOperator;
  readonly isBool: boolean;
}

/** Applies a binary operator; vectors are matched one to one on all labels but the name. */
export function combine({ operator, isBool }: Operation, left: Value, right: Value): Value {
  if (left.type === "string" || right.type === "string") throw new QueryError("execution", "strings have no operators");
  if (left.type === "scalar" && right.type === "scalar") return { type: "scalar", value: compute(operator, left.value, right.value) };
  if (left.type === "vector" && right.type === "vector") {
    if (isSetOperator(operator)) return { type: "vector", samples: combineSets(operator, left.samples, right.samples) };
    return { type: "vector", samples: matchOneToOne({ operator, isBool }, left.samples, right.samples) };
  }
  const samples = left.type === "vector" ? left.samples : right.type === "vector" ? right.samples : [];
  const results = samples.flatMap(({ labels, value }) => {
    const pair: readonly [number, number] =
      left.type === "scalar" ? [left.value, value] : [value, right.type === "scalar" ? right.value : Number.NaN];
    return applyTo({ operator, isBool }, { labels, value }, pair);
  });
  return { type: "vector", samples: results };
}

/** Labels as a key, without the name. */
function signature(labels: Labels): string {
  return JSON.stringify(Object.entries(withoutName(labels)).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

export function withoutName(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== "__name__"));
}

/** A comparison keeps or drops the sample as it is; everything else makes a new value and drops the name. */
function applyTo({ operator, isBool }: Operation, kept: Sample, [left, right]: readonly [number, number]): Sample[] {
  const value = compute(operator, left, right);
  if (isComparison(operator) && !isBool) return value === 1 ? [kept] : [];
  return [{ labels: withoutName(kept.labels), value }];
}

function matchOneToOne(operation: Operation, left: readonly Sample[], right: readonly Sample[]): Sample[] {
  const bySignature = new Map<string, Sample>();
  for (const sample of right) {
    const key = signature(sample.labels);
    const other = bySignature.get(key);
    if (other !== undefined) {
      const pair = [other, sample].map(({ labels }) => describeLabels(labels)).join(", ");
      const group = describeLabels(withoutName(sample.labels));
      const reason = `found duplicate series for the match group ${group} on the right hand-side of the operation: [${pair}]`;
      throw new QueryError("execution", `${reason};many-to-many matching not allowed: matching labels must be unique on one side`);
    }
    bySignature.set(key, sample);
  }
  const matched = new Set<string>();
  return left.flatMap((sample) => {
    const key = signature(sample.labels);
    const other = bySignature.get(key);
    if (other === undefined) return [];
    if (matched.has(key))
      throw new QueryError("execution", "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
    matched.add(key);
    return applyTo(operation, sample, [sample.value, other.value]);
  });
}

function combineSets(operator: SetOperator, left: readonly Sample[], right: readonly Sample[]): Sample[] {
  const [inLeft, inRight] = [left, right].map((side) => new Set(side.map(({ labels }) => signature(labels))));
  if (operator === "or") return [...left, ...right.filter(({ labels }) => inLeft?.has(signature(labels)) !== true)];
  return left.filter(({ labels }) => inRight?.has(signature(labels)) === (operator === "and"));
}

function describeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
}

function compute(operator: BinaryOperator, left: number, right: number): number {
  if (isSetOperator(operator)) throw new QueryError("execution", `${operator} works on vectors only`);
  return isComparison(operator) ? Number(compare(operator, left, right)) : calculate(operator, left, right);
}

function calculate(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "^":
      return left ** right;
  }
}

function compare(operator: ComparisonOperator, left: number, right: number): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}
