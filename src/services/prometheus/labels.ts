/** Labels of a series, the metric's name as `__name__` among them. */
export type Labels = Readonly<Record<string, string>>;

/** A series as PromQL writes it: `up{job="web"}`; `{}` without labels. */
export function seriesName(labels: Labels): string {
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== "" ? name : `${name}{${pairs.join(", ")}}`;
}
