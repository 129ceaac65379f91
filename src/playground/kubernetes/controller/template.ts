import { canonical, isEqual } from "../json.ts";
import type { PodTemplate } from "../shapes.ts";

export const TEMPLATE_HASH = "pod-template-hash";

/** The template without the label that ReplicaSets add. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const labels = { ...template.metadata?.labels };
  delete labels[TEMPLATE_HASH];
  return { ...template, metadata: { ...template.metadata, labels } };
}

export function isSameTemplate(left: PodTemplate, right: PodTemplate): boolean {
  return isEqual(withoutHash(left), withoutHash(right));
}

// Decimal digits of the hash are spelled with the API's vowel-free letters, hence names like web-669886c6c6.
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** A name for a template: FNV-1a, changed by the count of earlier collisions. */
export function templateHash(template: PodTemplate, collisionCount = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${canonical(withoutHash(template))}${collisionCount === 0 ? "" : collisionCount}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return Array.from(String(hash), (digit) => LETTERS[digit.charCodeAt(0) % LETTERS.length]).join("");
}
