import type { Output } from "../io.ts";

/** The last lines of a terminal, drawn again in place; ordinary lines go above them. */
export class LiveRegion {
  readonly #output: Output;
  #drawn: readonly string[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** Prints lines of the log above the region. */
  log(text: string): void {
    this.#put(this.#drawn, text);
  }

  /** What the region shows from now on; no lines removes it. */
  draw(lines: readonly string[]): void {
    if (lines.length === this.#drawn.length && lines.every((line, index) => line === this.#drawn[index])) return;
    this.#put(lines);
  }

  /** One write each time: a terminal must not show the moment between. */
  #put(lines: readonly string[], above?: string): void {
    const count = this.#drawn.length;
    this.#drawn = lines;
    // To the start of its first line, and clear from there: CR (a ^C that was echoed has moved the cursor), CUU and ED of ECMA-48.
    const clear = count === 0 ? "" : `\r\u001b[${count}A\u001b[J`;
    const shown = above === undefined ? lines : [above.trimEnd(), ...lines];
    if (shown.length > 0) this.#output.print(`${clear}${shown.join("\n")}`);
    // print() ends with a newline: from one line further up it leads to where the region began.
    else if (count > 0) this.#output.print(`${clear}\u001b[1A`);
  }
}
