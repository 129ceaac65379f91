import type { CheckSpec, HttpCheckSpec, PodsCheckSpec, PrometheusCheckSpec } from "./deploy-file.ts";
import { listOf, oneOrMany } from "./shape/collections.ts";
import { exactlyOne } from "./shape/exactly-one.ts";
import { object, optional, required, withDefault } from "./shape/object.ts";
import { number, oneOf, text } from "./shape/scalars.ts";
import { mapped, refine, type Shape } from "./shape/shape.ts";
import { httpAccessFields } from "./values/http-access.ts";
import { podShare } from "./values/pod-share.ts";

const pods = object({ minReady: required(podShare, "How many of spec.replicas must be Ready: 80%, or a number.") });

const limit = number({ takes: "a number such as 0.5" });

const prometheus = refine(
  object({
    ...httpAccessFields,
    query: required(text({ takes: "a PromQL expression" }), "A PromQL expression that gives one number."),
    max: optional(limit, "The largest value that passes, itself included."),
    min: optional(limit, "The smallest value that passes, itself included."),
    noData: optional(
      oneOf("fail", "pass"),
      "What an empty answer or NaN counts as. Absent: undecided, which stops before the change and is inconclusive after it.",
    ),
    series: withDefault(oneOf("one", "any", "all"), "Which of several series must be within the limits; one: several are an error.", {
      value: "one",
    }),
    warnings: withDefault(oneOf("error", "allow"), "Whether an answer with warnings (a partial one) is undecided.", { value: "error" }),
  }),
  ({ max, min }, node, place) => {
    if (max === undefined && min === undefined) return place.report(node.at, "takes max, min or both, and neither stands here");
    if (max !== undefined && min !== undefined && min > max)
      return place.report(node.at, `min (${min}) is above max (${max}): no value can pass`);
    return true;
  },
);

const status = number({ takes: "an HTTP status such as 200", isInteger: true, min: 100, max: 599 });

const http = object({
  ...httpAccessFields,
  expect: withDefault(oneOrMany(status, "a status such as 200, or a list of them"), "The status that passes, or a list.", {
    value: [200],
    written: 200,
  }),
  contains: optional(text(), "A text that the body must hold."),
});

/** One check: exactly one of pods, prometheus, http; perhaps a name. */
const check: Shape<CheckSpec> = mapped(
  exactlyOne(
    object({
      name: optional(text(), "As messages call it. Absent: made from what is checked."),
      pods: optional(pods, "Ready pods of the Deployment."),
      prometheus: optional(prometheus, "A query and its limits."),
      http: optional(http, "A GET and the status it must answer."),
    }),
    ["pods", "prometheus", "http"],
  ),
  toCheckSpec,
);

/** A list of checks. */
export function checkList({ min = 0 }: { readonly min?: number } = {}): Shape<readonly CheckSpec[]> {
  return listOf(check, { takes: "a list of checks, such as - pods: { minReady: 80% }", min });
}

type Read<S> = S extends Shape<infer T> ? T : never;

interface CheckFields {
  readonly name: string | undefined;
  readonly pods: Read<typeof pods> | undefined;
  readonly prometheus: Read<typeof prometheus> | undefined;
  readonly http: Read<typeof http> | undefined;
}

function toCheckSpec({ name, pods, prometheus, http }: CheckFields): CheckSpec {
  if (pods !== undefined) return { kind: "pods", name: name ?? podsName(pods), ...pods } satisfies PodsCheckSpec;
  if (prometheus !== undefined) {
    const { timeout, ...rest } = prometheus;
    return { kind: "prometheus", name: name ?? prometheusName(prometheus), ...rest, timeoutMs: timeout } satisfies PrometheusCheckSpec;
  }
  if (http === undefined) throw new TypeError("a check of no kind passed its shape");
  const { timeout, ...rest } = http;
  return { kind: "http", name: name ?? `http ${http.url}`, ...rest, timeoutMs: timeout } satisfies HttpCheckSpec;
}

function podsName({ minReady }: Pick<PodsCheckSpec, "minReady">): string {
  return `pods at least ${"percent" in minReady ? `${minReady.percent}%` : minReady.count} ready`;
}

function prometheusName({ query, max, min }: Pick<PrometheusCheckSpec, "query" | "max" | "min">): string {
  const oneLine = query.replace(/\s+/g, " ").trim();
  const short = oneLine.length <= 60 ? oneLine : `${oneLine.slice(0, 57)}...`;
  const limits = [min === undefined ? "" : `>= ${min}`, max === undefined ? "" : `<= ${max}`].filter((part) => part !== "");
  return `prometheus ${short} ${limits.join(" and ")}`;
}
