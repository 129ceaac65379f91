import type { AggregateOperator, Grouping } from "./expression.ts";
import type { Labels, Sample } from "./value.ts";

/** sum, min, max, avg and count, by or without labels. */
export function aggregate(
  { operator, grouping }: { readonly operator: AggregateOperator; readonly grouping: Grouping },
  samples: readonly Sample[],
): Sample[] {
  const groups = new Map<string, { readonly labels: Labels; readonly values: number[] }>();
  for (const sample of samples) {
    const labels = groupLabels(sample.labels, grouping);
    const key = JSON.stringify(Object.entries(labels));
    const group = groups.get(key) ?? { labels, values: [] };
    group.values.push(sample.value);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: reduce(operator, values) }));
}

function groupLabels(labels: Labels, { isBy, labels: listed }: Grouping): Labels {
  const kept = Object.entries(labels).filter(([name]) => (isBy ? listed.includes(name) : name !== "__name__" && !listed.includes(name)));
  return Object.fromEntries(kept.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function reduce(operator: AggregateOperator, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (operator) {
    case "sum":
      return sum;
    case "avg":
      return sum / values.length;
    case "count":
      return values.length;
    // NaN loses against every number, as in Prometheus; Math.max would let it win.
    case "max":
      return values.reduce((best, value) => (value > best || Number.isNaN(best) ? value : best));
    case "min":
      return values.reduce((best, value) => (value < best || Number.isNaN(best) ? value : best));
  }
}
