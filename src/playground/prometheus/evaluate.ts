import { aggregate } from "./aggregate.ts";
import { combine, withoutName } from "./binary.ts";
import type { Expression } from "./expression.ts";
import { matchesLabels } from "./selector.ts";
import type { Labels, Sample, Value } from "./value.ts";

/** The moment, and the series at it. */
export interface Moment {
  readonly timeSeconds: number;
  readonly samples: readonly Sample[];
}

/** Computes a parsed expression. */
export function evaluate(expression: Expression, moment: Moment): Value {
  switch (expression.kind) {
    case "number":
      return { type: "scalar", value: expression.value };
    case "string":
      return { type: "string", value: expression.value };
    case "selector":
      return vector(moment.samples.filter(({ labels }) => matchesLabels(expression.matchers, labels)));
    case "negate":
      return combine({ operator: "*", isBool: false }, { type: "scalar", value: -1 }, evaluate(expression.operand, moment));
    case "binary":
      return combine(expression, evaluate(expression.left, moment), evaluate(expression.right, moment));
    case "aggregate":
      return vector(aggregate(expression, samplesOf(evaluate(expression.operand, moment))));
    case "call":
      return call(expression, moment);
  }
}

function call({ name, args: [arg] }: Expression & { readonly kind: "call" }, moment: Moment): Value {
  if (name === "time" || arg === undefined) return { type: "scalar", value: moment.timeSeconds };
  const value = evaluate(arg, moment);
  switch (name) {
    case "vector":
      return vector([{ labels: {}, value: value.type === "scalar" ? value.value : Number.NaN }]);
    case "scalar": {
      const [only, second] = samplesOf(value);
      return { type: "scalar", value: only !== undefined && second === undefined ? only.value : Number.NaN };
    }
    case "absent":
      return vector(samplesOf(value).length > 0 ? [] : [{ labels: absentLabels(arg), value: 1 }]);
    case "timestamp":
      // A scripted series is as fresh as the question.
      return vector(samplesOf(value).map(({ labels }) => ({ labels: withoutName(labels), value: moment.timeSeconds })));
  }
}

function vector(samples: readonly Sample[]): Value {
  return { type: "vector", samples };
}

function samplesOf(value: Value): readonly Sample[] {
  return value.type === "vector" ? value.samples : [];
}

/** absent() gives the labels that the selector demands by `=`, each once, without the name. */
function absentLabels(expression: Expression): Labels {
  if (expression.kind !== "selector") return {};
  const demanded = expression.matchers.filter(
    (matcher) => matcher.label !== "__name__" && matcher.pattern === undefined && !matcher.isNegative,
  );
  const once = demanded.filter(({ label }) => expression.matchers.filter((matcher) => matcher.label === label).length === 1);
  return Object.fromEntries(once.map(({ label, value }) => [label, value]));
}
