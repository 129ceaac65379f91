import { isObject, type Json } from "./json.ts";
import { badRequest } from "./status-error.ts";

/** metav1.LabelSelector as objects carry it. */
export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type LabelOperator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "GreaterThan" | "LessThan";

export interface Requirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>> | undefined;

export function matchesRequirements(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every((requirement) => matches(requirement, labels?.[requirement.key]));
}

function matches({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "GreaterThan":
      return value !== undefined && Number(value) > Number(values[0]);
    case "LessThan":
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

/** The requirements of a selector object; an empty one matches everything. */
export function requirementsOf(selector: LabelSelector | undefined): Requirement[] {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: "In", values: [value] }));
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }): Requirement => ({
    key,
    operator: asOperator(operator),
    values,
  }));
  return [...labels, ...expressions];
}

/** Narrows decoded JSON: the schema has checked what is inside. */
export function isLabelSelector(value: Json | undefined): value is LabelSelector {
  return isObject(value);
}

/** The operators an object may use; a query knows two more. */
export function isSetOperator(operator: string): operator is "In" | "NotIn" | "Exists" | "DoesNotExist" {
  return ["In", "NotIn", "Exists", "DoesNotExist"].includes(operator);
}

function asOperator(operator: string): LabelOperator {
  if (isSetOperator(operator)) return operator;
  throw badRequest(`"${operator}" is not a valid label selector operator`);
}

/** `app=web,tier in (a,b)`: the text form, for scale.status.selector and tables. */
export function formatRequirements(requirements: readonly Requirement[]): string {
  const byKey = [...requirements].sort((left, right) => (left.key < right.key ? -1 : 1));
  return byKey.map((requirement) => formatRequirement(requirement)).join(",");
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = [...values].sort().join(",");
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${list}` : `${key} in (${list})`;
    case "NotIn":
      return values.length === 1 ? `${key}!=${list}` : `${key} notin (${list})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    case "GreaterThan":
      return `${key}>${list}`;
    case "LessThan":
      return `${key}<${list}`;
  }
}

const NAME = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)`;
const SET = new RegExp(String.raw`^\s*(${NAME})\s+(in|notin)\s*\(([^()]*)\)\s*$`);
const COMPARISON = new RegExp(String.raw`^\s*(${NAME})\s*(==|=|!=|>|<)\s*([-A-Za-z0-9_.]*)\s*$`);
const EXISTENCE = new RegExp(String.raw`^\s*(!?)\s*(${NAME})\s*$`);

/** Parses the `labelSelector` of a query. Throws BadRequest as the API server does. */
export function parseLabelSelector(text: string): Requirement[] {
  if (text.trim() === "") return [];
  return splitOutsideParentheses(text).map((part) => parseRequirement(part, text));
}

function parseRequirement(part: string, text: string): Requirement {
  const set = SET.exec(part);
  if (set !== null) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    return { key: set[1] ?? "", operator: set[2] === "in" ? "In" : "NotIn", values };
  }
  const comparison = COMPARISON.exec(part);
  if (comparison !== null) return parseComparison(comparison[1] ?? "", comparison[2] ?? "", comparison[3] ?? "");
  const existence = EXISTENCE.exec(part);
  if (existence !== null) return { key: existence[2] ?? "", operator: existence[1] === "!" ? "DoesNotExist" : "Exists", values: [] };
  throw badRequest(`unable to parse requirement: found '${part.trim()}', expected: identifier, in "${text}"`);
}

function parseComparison(key: string, sign: string, value: string): Requirement {
  if (sign === ">" || sign === "<") {
    if (!/^-?\d+$/.test(value))
      throw badRequest(`values[0][${key}]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`);
    return { key, operator: sign === ">" ? "GreaterThan" : "LessThan", values: [value] };
  }
  return { key, operator: sign === "!=" ? "NotIn" : "In", values: [value] };
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "(") depth += 1;
    else if (text[index] === ")") depth -= 1;
    else if (text[index] === "," && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}
