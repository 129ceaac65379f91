import { reportMismatch, type Shape } from "../shape/shape.ts";

/** How many pods: a share of `spec.replicas`, or a number. */
export type PodShare = { readonly percent: number } | { readonly count: number };

const pattern = /^(\d{1,3}(?:\.\d{1,3})?)%$/;

/** `80%` or `3`. */
export const podShare: Shape<PodShare> = {
  takes: "a share such as 80%, or a number of pods such as 3",
  schema: {
    anyOf: [
      { type: "integer", minimum: 1 },
      { type: "string", pattern: pattern.source },
    ],
  },
  read(node, place) {
    if (node.kind !== "scalar") return reportMismatch(podShare, node, place);
    const { value } = node;
    if (typeof value === "number") {
      if (Number.isSafeInteger(value) && value >= 1) return { count: value };
      const meant = value > 0 && value < 1 ? `; did you mean ${Math.round(value * 1000) / 10}%?` : "";
      return void place.report(node.at, `takes ${podShare.takes}, not ${value}${meant}`);
    }
    const [, amount] = typeof value === "string" ? (pattern.exec(value) ?? []) : [];
    if (amount === undefined) return reportMismatch(podShare, node, place);
    const percent = Number(amount);
    if (percent <= 0 || percent > 100) return void place.report(node.at, `takes a share above 0% and up to 100%, not ${amount}%`);
    return { percent };
  },
};
