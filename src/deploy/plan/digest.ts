import { createHash } from "node:crypto";

const templateHashLabel = "pod-template-hash";

/** SHA-256 over JSON with sorted keys: equal for equal values, whatever the order of keys. `null` counts as absent. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/**
 * The digest of a pod template without the label that the controller adds, so that a Deployment's and its ReplicaSet's are equal.
 *
 * Remembered instead of the template: environment values in it may be secrets.
 */
export function templateDigest(template: unknown): string {
  return digestOf(withoutHashLabel(template));
}

/** The same template without `pod-template-hash`; the argument stays as it is. */
export function withoutHashLabel(template: unknown): unknown {
  if (!isRecord(template) || !isRecord(template["metadata"]) || !isRecord(template["metadata"]["labels"])) return template;
  const { [templateHashLabel]: _hash, ...labels } = template["metadata"]["labels"];
  return { ...template, metadata: { ...template["metadata"], labels } };
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, item]) => item !== null && item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
