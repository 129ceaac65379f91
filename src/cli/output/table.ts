import { escapeLine } from "./control-characters.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand to the right. @default "left" */
  readonly align?: "left" | "right";
}

/** Columns as wide as their longest cell, two spaces apart, no lines: what kubectl's users read, and `awk` can split. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map(escapeLine))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index] ?? ""))));
  return lines.map((line) => columns.map((column, index) => pad(line[index] ?? "", widths[index] ?? 0, column)).join("  ").trimEnd()).join("\n");
}

function pad(text: string, width: number, { align }: Column): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? space + text : text + space;
}

/** Code points, not UTF-16 units; wide East Asian characters count as two (UAX 11, its main blocks). */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(/\p{M}/gu, "")) width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
  return width;
}
