/** Where a text stops being JSON, and what was due there. Never holds any of the text. */
export interface JsonFault {
  /** UTF-16 units from the start. */
  readonly offset: number;
  /** e.g. `a value was expected`. */
  readonly reason: string;
}

type Expectation = "value" | "firstItem" | "firstKey" | "key" | "colon" | "next";

/**
 * Finds the first fault (RFC 8259), iteratively, so that depth is no matter; `undefined` for valid JSON.
 *
 * V8's own messages quote the text, which may be secret, and often lack the position.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ("{" | "[")[] = [];
  let expected: Expectation = "value";
  let offset = skipWhitespace(text, 0);
  for (;;) {
    const isOver = offset >= text.length;
    if (expected === "next" && open.length === 0) return isOver ? undefined : { offset, reason: "nothing more was expected" };
    if (isOver) return { offset, reason: "the text ends too early" };
    const step = stepFrom(text, offset, { expected, innermost: open.at(-1) });
    if ("reason" in step) return step;
    if (step.opened !== undefined) open.push(step.opened);
    if (step.isClosed === true) open.pop();
    expected = step.expected;
    offset = skipWhitespace(text, step.offset);
  }
}

interface State {
  readonly expected: Expectation;
  readonly innermost: "{" | "[" | undefined;
}

interface Step {
  readonly offset: number;
  readonly expected: Expectation;
  readonly opened?: "{" | "[";
  readonly isClosed?: boolean;
}

function stepFrom(text: string, offset: number, { expected, innermost }: State): Step | JsonFault {
  const char = text[offset];
  switch (expected) {
    case "firstItem":
      return char === "]" ? { offset: offset + 1, expected: "next", isClosed: true } : valueStep(text, offset);
    case "value":
      return valueStep(text, offset);
    case "firstKey":
    case "key":
      if (char === "}" && expected === "firstKey") return { offset: offset + 1, expected: "next", isClosed: true };
      return char === '"' ? stringStep(text, offset, "colon") : { offset, reason: "a key in double quotes was expected" };
    case "colon":
      return char === ":" ? { offset: offset + 1, expected: "value" } : { offset, reason: "a colon was expected" };
    case "next":
      if (char === ",") return { offset: offset + 1, expected: innermost === "{" ? "key" : "value" };
      if (char === (innermost === "{" ? "}" : "]")) return { offset: offset + 1, expected: "next", isClosed: true };
      return { offset, reason: `a comma or ${innermost === "{" ? "}" : "]"} was expected` };
  }
}

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function valueStep(text: string, offset: number): Step | JsonFault {
  const char = text[offset];
  if (char === "{") return { offset: offset + 1, expected: "firstKey", opened: "{" };
  if (char === "[") return { offset: offset + 1, expected: "firstItem", opened: "[" };
  if (char === '"') return stringStep(text, offset, "next");
  literal.lastIndex = offset;
  if (!literal.test(text)) return { offset, reason: "a value was expected" };
  return { offset: literal.lastIndex, expected: "next" };
}

function stringStep(text: string, start: number, expected: Expectation): Step | JsonFault {
  let offset = start + 1;
  while (offset < text.length) {
    const code = text.charCodeAt(offset);
    if (code === 0x22) return { offset: offset + 1, expected };
    if (code < 0x20) return { offset, reason: "a control character in a string must be escaped" };
    if (code === 0x5c) {
      const rest = text.slice(offset + 1, offset + 6);
      const escape = /^(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/.exec(rest)?.[0];
      if (escape === undefined)
        return /^(?:u[\dA-Fa-f]{0,3})?$/.test(rest) ? endsTooEarly(text) : { offset, reason: "this escape is not known to JSON" };
      offset += escape.length;
    }
    offset += 1;
  }
  return endsTooEarly(text);
}

function endsTooEarly(text: string): JsonFault {
  return { offset: text.length, reason: "the text ends inside a string" };
}

function skipWhitespace(text: string, start: number): number {
  let offset = start;
  for (;;) {
    const code = text.charCodeAt(offset);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return offset;
    offset += 1;
  }
}

/** 1-based line and column (UTF-16 units) of an offset. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
