import { InvalidRequestError } from "../../errors/index.ts";
import type { LabelSelector, LabelSelectorRequirement } from "./types.ts";

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
const NAME = "[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?";
const PREFIX = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*";
const KEY = new RegExp(`^(?:${PREFIX}/)?${NAME}$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);

/**
 * The text that `labelSelector` takes, from a workload's `spec.selector`: `app=web,tier in (a,b),!canary`.
 *
 * @returns An empty text, which selects everything, for an empty selector.
 * @throws InvalidRequestError (ERR_INVALID_OPTION) for a key, a value or an operator that the API would refuse.
 */
export function formatLabelSelector(selector: LabelSelector): string {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${checkKey(key)}=${checkValue(key, value)}`);
  return [...labels, ...(selector.matchExpressions ?? []).map(formatRequirement)].join(",");
}

function formatRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  checkKey(key);
  switch (operator) {
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) throw selectorError(`label selector: ${operator} of ${key} takes no values`);
      return operator === "Exists" ? key : `!${key}`;
    case "In":
    case "NotIn": {
      if (values.length === 0) throw selectorError(`label selector: ${operator} of ${key} needs at least one value`);
      const list = values.map((value) => checkValue(key, value)).join(",");
      return `${key} ${operator === "In" ? "in" : "notin"} (${list})`;
    }
    default:
      throw selectorError(`label selector: ${String(operator)} is no operator: use In, NotIn, Exists or DoesNotExist`);
  }
}

/**
 * Reads the text form, equality-based and set-based: `app=web,tier!=db,env in (a,b),!canary`, by the rules of the API.
 *
 * @throws InvalidRequestError (ERR_INVALID_OPTION) with the place of the first character that does not fit.
 */
export function parseSelector(text: string): LabelSelector {
  const scanner = new Scanner(text);
  const matchLabels: Record<string, string> = {};
  const matchExpressions: LabelSelectorRequirement[] = [];
  if (scanner.peek() === "") return {};
  do {
    const requirement = parseRequirement(scanner);
    const only = requirement.values?.[0] ?? "";
    // A second value for the same key can only be said as an expression.
    if (requirement.isEquality && !Object.hasOwn(matchLabels, requirement.key)) setOwn(matchLabels, requirement.key, only);
    else matchExpressions.push(plainRequirement(requirement));
  } while (scanner.take(","));
  if (scanner.peek() !== "") throw scanner.unexpected("a comma or the end");
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

/** True when an object with these labels is selected. */
export function matchesSelector(labels: Readonly<Record<string, string>> = {}, selector: LabelSelector = {}): boolean {
  const valueOf = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  if (Object.entries(selector.matchLabels ?? {}).some(([key, value]) => valueOf(key) !== value)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = valueOf(key);
    switch (operator) {
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn": // An object without the key is selected, as in the API.
        return value === undefined || !values.includes(value);
    }
  });
}

interface ParsedRequirement extends LabelSelectorRequirement {
  readonly isEquality: boolean;
}

function parseRequirement(scanner: Scanner): ParsedRequirement {
  if (scanner.take("!")) return { key: scanner.key(), operator: "DoesNotExist", isEquality: false };
  const key = scanner.key();
  if (scanner.take("==") || scanner.take("=")) return { key, operator: "In", values: [scanner.value()], isEquality: true };
  if (scanner.take("!=")) return { key, operator: "NotIn", values: [scanner.value()], isEquality: false };
  if (scanner.takeWord("in")) return { key, operator: "In", values: parseValues(scanner), isEquality: false };
  if (scanner.takeWord("notin")) return { key, operator: "NotIn", values: parseValues(scanner), isEquality: false };
  return { key, operator: "Exists", isEquality: false };
}

function parseValues(scanner: Scanner): string[] {
  if (!scanner.take("(")) throw scanner.unexpected('"("');
  const values: string[] = [];
  do values.push(scanner.value());
  while (scanner.take(","));
  if (!scanner.take(")")) throw scanner.unexpected('"," or ")"');
  return values;
}

function plainRequirement({ key, operator, values }: ParsedRequirement): LabelSelectorRequirement {
  return values === undefined ? { key, operator } : { key, operator, values };
}

/** Steps through the text; blanks between tokens do not count. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that is not blank; empty at the end. */
  peek(): string {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at += 1;
    return this.#text[this.#at] ?? "";
  }

  take(token: string): boolean {
    this.peek();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  takeWord(word: string): boolean {
    this.peek();
    const end = this.#at + word.length;
    return !/[-\w./]/.test(this.#text[end] ?? "") && this.take(word);
  }

  key(): string {
    const start = this.#at;
    const word = this.#word();
    if (KEY.test(word)) return word;
    this.#at = start;
    throw this.unexpected(word === "" ? "a label key" : `a label key, but ${JSON.stringify(word)} is none`);
  }

  value(): string {
    const start = this.#at;
    const word = this.#word();
    if (VALUE.test(word)) return word;
    this.#at = start;
    throw this.unexpected(`a label value of at most 63 letters, digits, "-", "_" and ".", but ${JSON.stringify(word)} is none`);
  }

  unexpected(wanted: string): InvalidRequestError {
    const found = this.peek();
    const shown = found === "" ? "the end" : JSON.stringify(found);
    return selectorError(`label selector ${JSON.stringify(this.#text)}: expected ${wanted} at character ${this.#at + 1}, found ${shown}`);
  }

  #word(): string {
    this.peek();
    const word = /^[-\w./]*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    this.#at += word.length;
    return word;
  }
}

function checkKey(key: string): string {
  if (KEY.test(key)) return key;
  throw selectorError(`label selector: ${JSON.stringify(key)} is no label key`);
}

function checkValue(key: string, value: string): string {
  if (typeof value === "string" && VALUE.test(value)) return value;
  throw selectorError(
    `label selector: ${JSON.stringify(value)} is no label value (of ${key}): at most 63 letters, digits, "-", "_" and "."`,
  );
}

/** `__proto__` is no label key, but a plain assignment would not notice. */
function setOwn(target: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function selectorError(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
