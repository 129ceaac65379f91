import { QueryError, type QueryErrorType } from "./query-error.ts";
import { parseSelector } from "./selector.ts";
import { TokenReader } from "./token-reader.ts";
import type { Labels, Sample } from "./value.ts";

/** One series of a scripted matrix; times in seconds since the epoch. */
export interface ScriptedRange {
  readonly labels: Labels;
  readonly values: readonly (readonly [timeSeconds: number, value: number])[];
}

/** What an expression gives: one of the result types, or an error. */
export type ScriptedResult =
  /** A vector of one series without labels, as sum(...) gives; NaN and Infinity too. */
  | number
  /** A vector; an empty list is "no data". */
  | readonly Sample[]
  | { readonly scalar: number }
  | { readonly string: string }
  | { readonly matrix: readonly ScriptedRange[] }
  /** An error of the API: bad_data is 400, execution 422, timeout 503, ... */
  | { readonly error: QueryErrorType; readonly message?: string }
  /** A result with warnings, such as Thanos's of a partial response. */
  | { readonly value: ScriptedResult; readonly warnings: readonly string[] };

/** A result, or a function of the evaluation time in seconds since the epoch. */
export type ScriptedValue = ScriptedResult | ((timeSeconds: number) => ScriptedResult);

/**
 * Expressions and what they give. A key of the form `name` or `name{label="value"}` with a number, or a function that gives numbers, is a series:
 * selectors and other expressions find it, and /metrics shows it. Every other key is an expression that is answered as a whole.
 */
export type PrometheusScenario = Readonly<Record<string, ScriptedValue>>;

interface Series {
  readonly labels: Labels;
  readonly value: number | ((timeSeconds: number) => ScriptedResult);
}

/** What is scripted at present. */
export class Scenario {
  readonly #series = new Map<string, Series>();
  readonly #expressions = new Map<string, ScriptedValue>();

  set(expression: string, value: ScriptedValue): void {
    const key = normalise(expression);
    this.#series.delete(key);
    this.#expressions.delete(key);
    const labels = typeof value === "number" || typeof value === "function" ? seriesLabels(expression) : undefined;
    if (labels !== undefined && (typeof value === "number" || typeof value === "function")) this.#series.set(key, { labels, value });
    else this.#expressions.set(key, value);
  }

  delete(expression: string): void {
    const key = normalise(expression);
    this.#series.delete(key);
    this.#expressions.delete(key);
  }

  /** What the whole expression was scripted to give. */
  expression(expression: string): ScriptedValue | undefined {
    return this.#expressions.get(normalise(expression));
  }

  /** All series that have a value at that time. */
  samples(timeSeconds: number): Sample[] {
    return [...this.#series.values()].flatMap(({ labels, value }) => {
      const result = typeof value === "function" ? value(timeSeconds) : value;
      if (typeof result === "number") return [{ labels, value: result }];
      if (Array.isArray(result) && result.length === 0) return [];
      throw new QueryError("internal", `the script of ${labels["__name__"]} must give a number, or [] for no data: it is a series`);
    });
  }
}

/** The labels when the text is a series' name with equality matchers only. */
function seriesLabels(expression: string): Labels | undefined {
  try {
    const reader = new TokenReader(expression);
    if (reader.peek().type !== "identifier") return undefined;
    const { matchers } = parseSelector(reader);
    if (reader.peek().type !== "end" || matchers.some((matcher) => matcher.isNegative || matcher.pattern !== undefined)) return undefined;
    return Object.fromEntries(matchers.map((matcher) => [matcher.label, matcher.value]));
  } catch (error) {
    // No selector, so it stands in the table of whole expressions.
    if (error instanceof QueryError) return undefined;
    throw error;
  }
}

/** Without the blanks that make no difference: `sum( up )>1` is `sum(up) > 1`. Quoted text stays. */
function normalise(expression: string): string {
  return expression
    .split(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/\s+/g, " ").replace(/ ?([^\w: ]) ?/g, "$1")))
    .join("")
    .trim();
}
