/** What waits for the end of the event loop's present turn, when everything that has arrived has been read. */
export class NextTurn {
  #waiting: (() => void)[] = [];

  add(run: () => void): void {
    this.#waiting.push(run);
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
