import { MIN_RECORDED_LENGTH } from "./recorded-values.ts";
import type { Span } from "./spans.ts";
import { patternsOf } from "./value-patterns.ts";

/** Patterns are indexed by their first characters; all have at least as many. */
const KEY_LENGTH = MIN_RECORDED_LENGTH;

/**
 * Finds the patterns of many secrets in one pass.
 *
 * Not one large RegExp: values are added one at a time without compiling anew, matches may overlap (a RegExp would
 * leave the rest of the second), and a stream needs to know what the end of a chunk may become.
 */
export class ValueMatcher {
  readonly #byKey = new Map<string, string[]>();
  /** Beginnings shorter than a key, for the ends of chunks. */
  readonly #heads = new Set<string>();
  /** By hash of two characters: whether a pattern begins so. Passes over most of a text. */
  readonly #begins = new Uint8Array(0x1_00_00);
  #longest = 0;
  #hasSpaces = false;

  /** True when a value contains a space, which forms encode as `+`. */
  get hasSpaces(): boolean {
    return this.#hasSpaces;
  }

  add(value: string): void {
    this.#hasSpaces ||= value.includes(" ");
    for (const pattern of patternsOf(value)) this.#addPattern(pattern);
  }

  #addPattern(pattern: string): void {
    const key = pattern.slice(0, KEY_LENGTH);
    const patterns = this.#byKey.get(key) ?? [];
    if (patterns.includes(pattern)) return;
    patterns.push(pattern);
    patterns.sort((a, b) => b.length - a.length);
    this.#byKey.set(key, patterns);
    for (let length = 1; length < KEY_LENGTH; length += 1) this.#heads.add(key.slice(0, length));
    this.#begins[pairHash(pattern, 0)] = 1;
    this.#longest = Math.max(this.#longest, pattern.length);
  }

  /** Every occurrence; of those that begin at one place, the longest. */
  find(text: string): readonly Span[] {
    const spans: Span[] = [];
    for (let start = 0; start <= text.length - KEY_LENGTH; start += 1) {
      if (this.#begins[pairHash(text, start)] === 0) continue;
      const found = this.#byKey.get(text.slice(start, start + KEY_LENGTH))?.find((pattern) => text.startsWith(pattern, start));
      if (found !== undefined) spans.push({ start, end: start + found.length });
    }
    return spans;
  }

  /** Where the earliest suffix begins that more text could complete; undefined when there is none. */
  openSuffix(text: string): number | undefined {
    for (let start = Math.max(0, text.length - this.#longest + 1); start < text.length; start += 1) {
      if (this.#couldBegin(text, start)) return start;
    }
    return undefined;
  }

  #couldBegin(text: string, start: number): boolean {
    const length = text.length - start;
    if (length < KEY_LENGTH) return this.#heads.has(text.slice(start));
    if (this.#begins[pairHash(text, start)] === 0) return false;
    const patterns = this.#byKey.get(text.slice(start, start + KEY_LENGTH));
    if (patterns === undefined) return false;
    const suffix = text.slice(start);
    return patterns.some((pattern) => pattern.length > length && pattern.startsWith(suffix));
  }
}

function pairHash(text: string, at: number): number {
  return ((text.charCodeAt(at) << 7) ^ text.charCodeAt(at + 1)) & 0xff_ff;
}
