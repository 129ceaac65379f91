export interface WrapOptions {
  readonly columns: number;
  /** Before the first line. @default nothing */
  readonly first?: string;
  /** Before the others. @default nothing */
  readonly rest?: string;
}

/** Breaks text between words; a word that is longer than a line stays whole, so that it can be copied. */
export function wrap(text: string, { columns, first = "", rest = "" }: WrapOptions): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}
