import type { Paint } from "./color.ts";
import { JsonLayout } from "./json-layout.ts";

/** Lays out a whole JSON text, see {@link JsonLayout}. Undefined when the text is not JSON. */
export function formatJson(text: string, paint: Paint, isIndented = true): string | undefined {
  if (!isJson(text)) return undefined;
  return new JsonLayout({ paint, isIndented }).push(text);
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
