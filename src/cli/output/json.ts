import type { Color, Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";

/** Deeper levels are not indented further: 100,000 brackets must not become gigabytes of spaces. */
const deepestIndent = 100;

/**
 * Lays out JSON by its tokens: order of keys, duplicate keys and the text of numbers and strings stay as they came.
 * Undefined when the text is not JSON.
 */
export function formatJson(text: string, paint: Paint): string | undefined {
  if (!isJson(text)) return undefined;
  let output = "";
  let previous = "";
  const open: string[] = [];
  const newline = (): string => `\n${"  ".repeat(Math.min(open.length, deepestIndent))}`;
  for (const token of tokens(text)) {
    const isFirst = previous === "{" || previous === "[";
    if (token === "}" || token === "]") {
      open.pop();
      output += isFirst ? token : newline() + token;
    } else if (token === ",") output += token;
    else if (token === ":") output += ": ";
    else {
      if (isFirst || previous === ",") output += newline();
      const isKey = open.at(-1) === "{" && previous !== ":";
      output += token === "{" || token === "[" ? token : paint(tokenColor(token, isKey), escapeControls(token));
      if (token === "{" || token === "[") open.push(token);
    }
    previous = token;
  }
  return output;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The question is only whether it is; what is wrong with it is the server's affair.
    return false;
  }
}

/** The tokens of text that is known to be JSON. */
function* tokens(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    at = end;
    if (!/^\s/.test(token)) yield token;
  }
}

function tokenEnd(text: string, start: number): number {
  const first = text[start] ?? "";
  if ("{}[]:,".includes(first) || /\s/.test(first)) return start + 1;
  let at = start + 1;
  if (first === '"') {
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    return at + 1;
  }
  while (at < text.length && !/[\s{}[\]:,"]/.test(text[at] ?? "")) at += 1;
  return at;
}

function tokenColor(token: string, isKey: boolean): Color {
  if (isKey) return "blue";
  if (token.startsWith('"')) return "green";
  return /^[-\d]/.test(token) ? "cyan" : "magenta";
}
