import type { Span } from "./spans.ts";
import { cutEscapeAt, type Escape, formEscape, jsonEscape, lineFold, percentEscape } from "./text-escapes.ts";

/** How often escapes may be nested: a JSON document in a JSON string in a query parameter. */
const MAX_DEPTH = 3;

/** A text as a reader sees it who undid some escapes, with the way back to the places in the source. */
export interface TextView {
  readonly text: string;
  /** Source index of each character; undefined in the source itself. */
  readonly starts: Int32Array | undefined;
  /** Source index after each character. */
  readonly ends: Int32Array | undefined;
  /** Source index of an escape that the end of the text cuts off and that is left out of `text`. */
  readonly cutEscape: number | undefined;
}

/** What `viewsOf` needs to know beside the text. */
export interface ViewOptions {
  /** Also read `+` as a space, as forms do. */
  readonly withPlus: boolean;
  /** No more text follows: an escape at the end that is cut off is ordinary text. */
  readonly isFinal: boolean;
}

/**
 * The text itself, and it with percent and JSON escapes undone in every order up to three deep, each also with its lines
 * folded (wrapped base64, indented key files). Views that would equal the text are left out.
 */
export function* viewsOf(text: string, options: ViewOptions): Generator<TextView> {
  yield* decoded({ text, starts: undefined, ends: undefined, cutEscape: undefined }, options, MAX_DEPTH);
}

function* decoded(view: TextView, options: ViewOptions, depth: number): Generator<TextView> {
  yield view;
  const leaves = [/[\r\n]/.test(view.text) ? lineFold : undefined, options.withPlus && view.text.includes("+") ? formEscape : undefined];
  for (const leaf of leaves) {
    const changed = leaf === undefined ? undefined : rewrite(view, leaf, options.isFinal);
    if (changed !== undefined) yield changed;
  }
  if (depth === 0) return;
  const escapes = [view.text.includes("\\") ? jsonEscape : undefined, view.text.includes("%") ? percentEscape : undefined];
  for (const escape of escapes) {
    const changed = escape === undefined ? undefined : rewrite(view, escape, options.isFinal);
    if (changed !== undefined) yield* decoded(changed, options, depth - 1);
  }
}

/** The place in the source that a part of a view stands for. */
export function sourceSpan(view: TextView, { start, end }: Span): Span {
  return { start: sourceStart(view, start), end: view.ends === undefined ? end : (view.ends[end - 1] ?? end) };
}

/** The source index of a character of a view. */
export function sourceStart(view: TextView, index: number): number {
  return view.starts === undefined ? index : (view.starts[index] ?? index);
}

function sourceEnd(view: TextView, index: number): number {
  return view.ends === undefined ? index + 1 : (view.ends[index] ?? index + 1);
}

/** The view with one kind of escape undone; undefined when it has none. */
function rewrite(view: TextView, escape: Escape, isFinal: boolean): TextView | undefined {
  const { text } = view;
  const cut = isFinal ? undefined : cutEscapeAt(text, escape);
  const whole = cut === undefined ? text : text.slice(0, cut);
  const starts = new Int32Array(whole.length);
  const ends = new Int32Array(whole.length);
  const parts: string[] = [];
  let length = 0;
  let from = 0;
  const copyTo = (to: number): void => {
    parts.push(whole.slice(from, to));
    for (; from < to; from += 1, length += 1) {
      starts[length] = sourceStart(view, from);
      ends[length] = sourceEnd(view, from);
    }
  };
  for (const match of whole.matchAll(escape.pattern)) {
    copyTo(match.index);
    for (const [piece, taken] of escape.decode(match[0])) {
      parts.push(piece);
      for (let unit = 0; unit < piece.length; unit += 1, length += 1) {
        starts[length] = sourceStart(view, from);
        ends[length] = sourceEnd(view, from + taken - 1);
      }
      from += taken;
    }
  }
  if (from === 0 && cut === undefined) return undefined;
  copyTo(whole.length);
  const cutEscape = cut === undefined ? view.cutEscape : sourceStart(view, cut);
  return { text: parts.join(""), starts: starts.subarray(0, length), ends: ends.subarray(0, length), cutEscape };
}
