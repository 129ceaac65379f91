const slices = 10;

/** Calls and failures of the last `lengthMs`, in ten slices: constant memory, and what is older leaves slice by slice. */
export class SlidingWindow {
  readonly #sliceMs: number;
  readonly #calls: number[] = Array.from({ length: slices }, () => 0);
  readonly #failures: number[] = Array.from({ length: slices }, () => 0);
  /** Of the newest slice; slices are numbered from the clock's zero. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(lengthMs: number) {
    this.#sliceMs = lengthMs / slices;
  }

  add(isFailure: boolean, nowMs: number): void {
    this.#moveTo(nowMs);
    const index = this.#newest % slices;
    this.#calls[index] = (this.#calls[index] ?? 0) + 1;
    if (isFailure) this.#failures[index] = (this.#failures[index] ?? 0) + 1;
  }

  count(nowMs: number): { readonly calls: number; readonly failures: number } {
    this.#moveTo(nowMs);
    return { calls: sum(this.#calls), failures: sum(this.#failures) };
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  #moveTo(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    const passed = slice - this.#newest;
    if (passed <= 0) return;
    if (passed >= slices) this.clear();
    else for (let each = this.#newest + 1; each <= slice; each += 1) this.#empty(each % slices);
    this.#newest = slice;
  }

  #empty(index: number): void {
    this.#calls[index] = 0;
    this.#failures[index] = 0;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
