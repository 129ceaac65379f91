const FENCE = "```";
const CLOSING = `\n${FENCE}`;
/** A link or mention that has begun: cut within, it would show as rubbish, or swallow what follows. */
const OPEN_LINK = /<[@#!a-zA-Z][^<>\n]{0,500}$/;
/** The beginning of `&amp;`, `&lt;` or `&gt;`. */
const OPEN_ENTITY = /&[a-z]{0,3}$/;

/**
 * Text of at most `max` characters, ending in `mark` where something was cut.
 *
 * Never cuts within a character, an escape or a link, and closes a code block that is left open.
 * @param mark @default "…"
 */
export function cutText(text: string, max: number, mark = "…"): string {
  if (text.length <= max) return text;
  const kept = beginning(text, max - mark.length);
  // An odd number of fences: the cut is in a code block.
  if (kept.split(FENCE).length % 2 === 1) return kept + mark;
  const code = beginning(text, max - mark.length - CLOSING.length);
  return code + (code.split(FENCE).length % 2 === 0 ? CLOSING : "") + mark;
}

function beginning(text: string, length: number): string {
  return text
    .slice(0, Math.max(0, length))
    .replace(/[\uD800-\uDBFF]$/, "")
    .replace(OPEN_ENTITY, "")
    .replace(OPEN_LINK, "");
}
