import { escapeLine } from "./control-characters.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand to the right. @default "left" */
  readonly align?: "left" | "right";
  /** In characters; wider where a cell needs it. @default that of the longest cell */
  readonly minWidth?: number;
}

/** Columns as wide as their longest cell, two spaces apart, no lines: what kubectl's users read, and `awk` can split. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widest = columns.map((column, index) => ({
    ...column,
    minWidth: Math.max(column.minWidth ?? 0, ...[titles, ...rows].map((cells) => displayWidth(escapeLine(cells[index] ?? "")))),
  }));
  return [titles, ...rows].map((cells) => renderRow(widest, cells)).join("\n");
}

/** One line of a table whose other lines are not known yet. */
export function renderRow(columns: readonly Column[], cells: readonly string[]): string {
  return columns
    .map((column, index) => pad(escapeLine(cells[index] ?? ""), column))
    .join("  ")
    .trimEnd();
}

function pad(text: string, { align, minWidth = 0 }: Column): string {
  const space = " ".repeat(Math.max(0, minWidth - displayWidth(text)));
  return align === "right" ? space + text : text + space;
}

/** Code points, not UTF-16 units; wide East Asian characters and emoji count as two (UAX 11, its main blocks). */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(/\p{M}/gu, "")) width += wide.test(character) ? 2 : 1;
  return width;
}
