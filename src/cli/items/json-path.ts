import { UsageError } from "../usage-error.ts";

/** One step into nested JSON: a key, a place in a list, or the list's end. */
export type JsonStep = JsonStepKind & {
  /** Where it stands in the typed name, for the caret under it. */
  readonly start: number;
  readonly end: number;
};

type JsonStepKind =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "append" };

/** Further places would be holes by the million: a slip of the finger, not a list. */
const highestIndex = 100_000;

/**
 * Reads the name of a field as HTTPie's nested JSON has it: `a[b][0][]`, `[]` and `[0]` for a list at the top.
 * A backslash makes `[`, `]` and itself plain; before digits in brackets it makes a key of them (`a[\1]`).
 *
 * @throws UsageError with a caret under the column
 */
export function parseJsonPath(name: string): readonly JsonStep[] {
  const steps: JsonStep[] = [];
  const root = readText(name, 0);
  if (name[root.end] === "]") throw pathError(name, { start: root.end, end: root.end + 1 }, "there is no [ for this ]");
  if (root.end > 0 || name === "") steps.push({ kind: "key", key: root.text, start: 0, end: root.end });
  let at = root.end;
  while (at < name.length) {
    if (name[at] !== "[") throw pathError(name, { start: at, end: at + 1 }, "after ] comes [, or the end of the name");
    const inner = readText(name, at + 1);
    if (name[inner.end] !== "]") throw pathError(name, { start: inner.end, end: inner.end + 1 }, "a ] is missing");
    steps.push({ ...stepOf(name, inner), start: at, end: inner.end + 1 });
    at = inner.end + 1;
  }
  return steps;
}

/** An error that shows the name, and marks where it goes wrong. */
export function pathError(name: string, { start, end }: { readonly start: number; readonly end: number }, problem: string): UsageError {
  const caret = `${" ".repeat(start)}${"^".repeat(Math.max(1, end - start))}`;
  return new UsageError(`the field ${name}: ${problem}`, { hint: `${name}\n${caret}` });
}

interface TypedText {
  readonly text: string;
  readonly start: number;
  /** The place of the bracket that ends it, or the name's length. */
  readonly end: number;
  /** A backslash said that this is a key, whatever it looks like. */
  readonly isKey: boolean;
}

function readText(name: string, start: number): TypedText {
  let text = "";
  let isKey = false;
  let at = start;
  while (at < name.length) {
    const char = name[at] ?? "";
    const next = name[at + 1] ?? "";
    if (char === "\\" && "[]\\".includes(next) && next !== "") {
      text += next;
      at += 2;
      continue;
    }
    if (char === "\\" && text === "" && start > 0 && /^\\-?\d+\]/.test(name.slice(at))) {
      isKey = true;
      at += 1;
      continue;
    }
    if (char === "[" || char === "]") break;
    text += char;
    at += 1;
  }
  return { text, start, end: at, isKey };
}

function stepOf(name: string, { text, start, end, isKey }: TypedText): JsonStepKind {
  if (text === "" && end === start) return { kind: "append" };
  if (isKey || !/^-?\d+$/.test(text)) return { kind: "key", key: text };
  const index = Number(text);
  if (index < 0) throw pathError(name, { start, end }, "places in a list begin at 0");
  if (index > highestIndex) throw pathError(name, { start, end }, `a list has ${highestIndex} places at most here`);
  return { kind: "index", index };
}
