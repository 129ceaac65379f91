import { findForms } from "./credential-forms.ts";
import { recordedValues } from "./recorded-values.ts";
import { hideSpans, type Span } from "./spans.ts";
import { sourceSpan, viewsOf } from "./text-view.ts";
import { ValueMatcher } from "./value-matcher.ts";

let matcher = new ValueMatcher();
let matchedGeneration = -1;
let matchedCount = 0;

/**
 * The text without credentials: every resolved secret of 8 characters or more, however it is encoded (percent, JSON,
 * base64, line by line), and what stands where credentials stand (`Bearer ...`, `password=...`, userinfo of URLs).
 */
export function redactText(text: string): string {
  return hideSpans(text, [...recordedSpans(text), ...findForms(text).spans]);
}

/** The text without resolved secrets; what merely stands where a credential could is kept. */
export function redactRecorded(text: string): string {
  return hideSpans(text, recordedSpans(text));
}

/** The matcher for all values noted so far; undefined when there are none. Brought up to date here, not when a secret is opened. */
export function currentMatcher(): ValueMatcher | undefined {
  const values = recordedValues();
  if (values === undefined) return undefined;
  if (values.generation !== matchedGeneration) {
    matcher = new ValueMatcher();
    for (const value of values.older) matcher.add(value);
    matchedGeneration = values.generation;
    matchedCount = 0;
  }
  for (; matchedCount < values.recent.length; matchedCount += 1) matcher.add(values.recent[matchedCount] ?? "");
  return matcher;
}

function recordedSpans(text: string): readonly Span[] {
  const current = currentMatcher();
  if (current === undefined || text === "") return [];
  const spans: Span[] = [];
  for (const view of viewsOf(text, { withPlus: current.hasSpaces, isFinal: true })) {
    for (const span of current.find(view.text)) spans.push(sourceSpan(view, span));
  }
  return spans;
}
