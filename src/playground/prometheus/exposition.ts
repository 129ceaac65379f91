import { formatValue } from "./number-text.ts";
import type { Labels, Sample } from "./value.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The series in the text format that Prometheus scrapes; `*_total` are counters, all others gauges. */
export function exposition(samples: readonly Sample[]): string {
  const byName = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = sample.labels["__name__"] ?? "";
    byName.set(name, [...(byName.get(name) ?? []), sample]);
  }
  const lines = [...byName].flatMap(([name, series]) => [
    `# TYPE ${name} ${name.endsWith("_total") ? "counter" : "gauge"}`,
    ...series.map(({ labels, value }) => `${name}${labelText(labels)} ${formatValue(value)}`),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== "__name__");
  return pairs.length === 0 ? "" : `{${pairs.map(([name, value]) => `${name}="${escapeText(value)}"`).join(",")}}`;
}

function escapeText(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
