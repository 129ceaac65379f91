/** What the 16 colours of every terminal theme are used for. */
const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Color = keyof typeof codes;

/** Wraps text in a colour, or gives it back where there is none. */
export type Paint = (color: Color, text: string) => string;

/** The {@link Paint} of an output. */
export function painter(hasColor: boolean): Paint {
  if (!hasColor) return (_color, text) => text;
  return (color, text) => (text === "" ? "" : `\u001b[${codes[color][0]}m${text}\u001b[${codes[color][1]}m`);
}

/** Green, yellow or red by the class of a status. */
export function statusColor(status: number): Color {
  if (status >= 500) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}
