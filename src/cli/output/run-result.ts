import type { Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";
import { formatJson } from "./json.ts";

export interface ResultStyle {
  readonly isTerminal: boolean;
  /** A text in quotes too. */
  readonly json: boolean;
  readonly paint: Paint;
}

/** What a run gave, for stdout: JSON, laid out on a terminal and in one line for a pipe; a text as it is. Undefined for no result. */
export function renderResult(value: unknown, { isTerminal, json, paint }: ResultStyle): string | undefined {
  if (value === undefined) return json ? "null" : undefined;
  if (typeof value === "string" && !json) return isTerminal ? escapeControls(value) : value;
  const text = JSON.stringify(value);
  return isTerminal ? (formatJson(text, paint) ?? text) : text;
}
