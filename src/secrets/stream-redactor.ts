import { findForms, type FormSpan } from "./credential-forms.ts";
import { currentMatcher } from "./redact-text.ts";
import { mergeSpans, REDACTED, type Span } from "./spans.ts";
import { sourceSpan, sourceStart, viewsOf } from "./text-view.ts";

/** How much text waits for the end of something that looks like a credential, such as a quoted value, before it is let through. */
const MAX_HELD_LENGTH = 16_384;
/** The longest introduction of a credential (`"x-amz-server-side-encryption-customer-key": `) is shorter. */
const MAX_HEAD_LENGTH = 64;
/** What introduces a credential must not follow a letter: so far back it looks. */
const CONTEXT_LENGTH = 1;

interface Cut {
  readonly spans: readonly Span[];
  /** Everything before it is decided. */
  readonly at: number;
}

/**
 * `redactText` for a text that arrives in pieces. What could be the beginning of a credential is held back until more
 * text decides; `end()` gives the rest. Lines are not held back once they are complete, unless they end in one.
 */
export class StreamRedactor {
  /** The last character given out, then what is held back. */
  #text = "";
  /** How much of the beginning of `#text` has been given out. */
  #given = 0;
  /** Up to where `#text` is already replaced by a mark that was given out. */
  #covered = 0;

  /** The part of the text so far that is decided. */
  write(chunk: string): string {
    if (chunk === "") return "";
    this.#text += chunk;
    const { spans, at } = findCut(this.#text, this.#given);
    return this.#giveOut(spans, Math.max(at, this.#given));
  }

  /** The rest. The redactor can then begin another text. */
  end(): string {
    const { forms, values } = findSpans(this.#text, { from: this.#given, isFinal: true });
    const shown = this.#giveOut([...values, ...forms], this.#text.length);
    this.#text = "";
    this.#given = 0;
    this.#covered = 0;
    return shown;
  }

  #giveOut(found: readonly Span[], at: number): string {
    const text = this.#text;
    const spans = this.#covered === 0 ? found : [{ start: 0, end: this.#covered }, ...found];
    let shown = "";
    let from = this.#given;
    let coveredTo = 0;
    for (const { start, end } of mergeSpans(spans)) {
      // One that begins right at the cut is marked now, for what introduces it is given out now.
      if (start > at || (start === at && at === text.length)) break;
      const isMarked = start === 0 && this.#covered > 0;
      shown += text.slice(from, start) + (isMarked ? "" : REDACTED);
      from = Math.max(from, Math.min(end, at));
      coveredTo = end;
    }
    shown += text.slice(from, at);
    this.#given = Math.min(CONTEXT_LENGTH, at);
    this.#text = text.slice(at - this.#given);
    this.#covered = coveredTo > at ? coveredTo - at + this.#given : 0;
    return shown;
  }
}

function findCut(text: string, from: number): Cut {
  const { forms, values, openFrom, valueOpenFrom } = findSpans(text, { from, isFinal: false });
  const formCut = Math.min(openFrom ?? text.length, headStart(text));
  const isOverlong = text.length - formCut > MAX_HELD_LENGTH;
  const cut = Math.min(valueOpenFrom ?? text.length, isOverlong ? text.length : formCut);
  return { spans: [...values, ...forms], at: wholeForms(text, cut, forms) };
}

/** Moves a cut back to where it parts neither an escape nor a credential from what introduces it. */
function wholeForms(text: string, cut: number, forms: readonly FormSpan[]): number {
  let at = cut;
  for (;;) {
    const before = at;
    // Between two backslashes the second would be read as the beginning of another escape.
    while (at > 0 && at < text.length && text.charAt(at - 1) === "\\") at -= 1;
    for (const form of forms) if (form.formStart < at && form.start >= at) at = form.formStart;
    if (at === before) return at;
  }
}

interface FoundSpans {
  readonly forms: readonly FormSpan[];
  readonly values: readonly Span[];
  readonly openFrom: number | undefined;
  /** Where the first suffix begins that more text could make a recorded value. */
  readonly valueOpenFrom: number | undefined;
}

function findSpans(text: string, { from, isFinal }: { readonly from: number; readonly isFinal: boolean }): FoundSpans {
  const { spans: forms, openFrom } = findForms(text, from);
  const values: Span[] = [];
  const matcher = currentMatcher();
  if (matcher === undefined) return { forms, values, openFrom, valueOpenFrom: undefined };
  let valueOpenFrom = text.length;
  for (const view of viewsOf(text, { withPlus: matcher.hasSpaces, isFinal })) {
    for (const span of matcher.find(view.text)) values.push(sourceSpan(view, span));
    const suffix = isFinal ? undefined : matcher.openSuffix(view.text);
    if (suffix !== undefined) valueOpenFrom = Math.min(valueOpenFrom, sourceStart(view, suffix));
    if (view.cutEscape !== undefined) valueOpenFrom = Math.min(valueOpenFrom, view.cutEscape);
  }
  return { forms, values, openFrom, valueOpenFrom };
}

/** Where the last word begins: it may be the beginning of what introduces a credential. */
function headStart(text: string): number {
  let at = text.length;
  const blanksFrom = Math.max(0, at - 8);
  while (at > blanksFrom && /[ \t]/.test(text.charAt(at - 1))) at -= 1;
  const wordFrom = Math.max(0, at - MAX_HEAD_LENGTH);
  const wordEnd = at;
  while (at > wordFrom && /[A-Za-z0-9_\-."'\\+:/=]/.test(text.charAt(at - 1))) at -= 1;
  return at === wordEnd ? text.length : at;
}
