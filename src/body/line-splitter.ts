/** What ends a line: LF, CRLF and CR, or LF alone. */
export type LineEnd = "any" | "lf";

const ends: Readonly<Record<LineEnd, string>> = { any: "\\r\\n?|\\n", lf: "\\n" };

/** Cuts decoded text into lines as it arrives, whatever the chunks. */
export class LineSplitter {
  /** A line passed the limit; nothing after it was cut. */
  isTooLong = false;
  readonly #end: RegExp;
  readonly #isAnyEnd: boolean;
  readonly #maxBytes: number;
  /** Pieces of the line that has no end yet: joined once, so that many small chunks cost no more than one large. */
  #pieces: string[] = [];
  #pendingBytes = 0;
  /** The last text ended in CR, whose line is out already; an LF now belongs to it. */
  #endedInCr = false;

  constructor(end: LineEnd, maxBytes: number) {
    this.#end = new RegExp(ends[end], "g");
    this.#isAnyEnd = end === "any";
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in this text, without their ends; the rest is held. */
  push(text: string): string[] {
    const complete: string[] = [];
    if (text === "") return complete;
    let start = this.#endedInCr && text[0] === "\n" ? 1 : 0;
    this.#end.lastIndex = start;
    for (let match = this.#end.exec(text); match !== null; match = this.#end.exec(text)) {
      this.#hold(text.slice(start, match.index));
      if (this.isTooLong) return complete;
      complete.push(this.#take());
      start = match.index + match[0].length;
    }
    this.#endedInCr = this.#isAnyEnd && text.endsWith("\r");
    this.#hold(text.slice(start));
    return complete;
  }

  /** What follows the last end, unless it is empty. */
  finish(): string[] {
    return this.#pieces.length > 0 ? [this.#take()] : [];
  }

  #hold(piece: string): void {
    if (piece === "") return;
    this.#pendingBytes += Buffer.byteLength(piece);
    this.isTooLong = this.#pendingBytes > this.#maxBytes;
    this.#pieces.push(piece);
  }

  #take(): string {
    const line = this.#pieces.length === 1 ? (this.#pieces[0] ?? "") : this.#pieces.join("");
    this.#pieces = [];
    this.#pendingBytes = 0;
    return line;
  }
}
