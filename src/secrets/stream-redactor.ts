import { findForms } from "./credential-forms.ts";
import { currentMatcher } from "./redact-text.ts";
import { mergeSpans, REDACTED, type Span } from "./spans.ts";
import { sourceSpan, sourceStart, viewsOf } from "./text-view.ts";

/** How much text waits for the end of something that looks like a credential, such as a quoted value, before it is let through. */
const MAX_HELD_LENGTH = 65_536;
/** The longest introduction of a credential (`"x-amz-server-side-encryption-customer-key": `) is shorter. */
const MAX_HEAD_LENGTH = 64;

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
  #held = "";
  /** How much of the beginning of `#held` is already replaced by a mark that was given out. */
  #covered = 0;

  /** The part of the text so far that is decided. */
  write(chunk: string): string {
    this.#held += chunk;
    const { spans, at } = findCut(this.#held);
    return this.#giveOut(spans, at);
  }

  /** The rest. The redactor can then begin another text. */
  end(): string {
    const { spans } = findSpans(this.#held, true);
    return this.#giveOut(spans, this.#held.length);
  }

  #giveOut(found: readonly Span[], at: number): string {
    const text = this.#held;
    const covered = { start: 0, end: this.#covered };
    const spans = mergeSpans(this.#covered === 0 ? found : [covered, ...found]);
    let shown = "";
    let from = 0;
    let coveredTo = 0;
    for (const { start, end } of spans) {
      // A span that begins right at the cut is marked now: what introduces it is about to be given out.
      if (start > at || (start === at && at === text.length)) break;
      const isMarked = start === 0 && this.#covered > 0;
      shown += text.slice(from, start) + (isMarked ? "" : REDACTED);
      from = Math.min(end, at);
      coveredTo = end;
    }
    shown += text.slice(from, at);
    this.#held = text.slice(at);
    this.#covered = Math.max(0, coveredTo - at);
    return shown;
  }
}

function findCut(text: string): Cut {
  const { spans, openFrom, valueOpenFrom } = findSpans(text, false);
  const formCut = Math.min(openFrom ?? text.length, headStart(text));
  const isOverlong = text.length - formCut > MAX_HELD_LENGTH;
  let at = Math.min(valueOpenFrom ?? text.length, isOverlong ? text.length : formCut);
  // Between two backslashes the second would be read as the beginning of another escape.
  while (at > 0 && at < text.length && text.charAt(at - 1) === "\\") at -= 1;
  return { spans, at };
}

interface FoundSpans {
  readonly spans: readonly Span[];
  readonly openFrom: number | undefined;
  /** Where the first suffix begins that more text could make a recorded value. */
  readonly valueOpenFrom: number | undefined;
}

function findSpans(text: string, isFinal: boolean): FoundSpans {
  const forms = findForms(text);
  const spans: Span[] = [...forms.spans];
  const matcher = currentMatcher();
  if (matcher === undefined) return { spans, openFrom: forms.openFrom, valueOpenFrom: undefined };
  let valueOpenFrom = text.length;
  for (const view of viewsOf(text, { withPlus: matcher.hasSpaces, isFinal })) {
    for (const span of matcher.find(view.text)) spans.push(sourceSpan(view, span));
    const suffix = isFinal ? undefined : matcher.openSuffix(view.text);
    if (suffix !== undefined) valueOpenFrom = Math.min(valueOpenFrom, sourceStart(view, suffix));
    if (view.cutEscape !== undefined) valueOpenFrom = Math.min(valueOpenFrom, view.cutEscape);
  }
  return { spans, openFrom: forms.openFrom, valueOpenFrom };
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
