/** Counts calls per key, so that a client can fail a known number of times. */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** Counts one more call and returns its number, from 1. */
  next(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** Starts the key again from 1. */
  forget(key: string): void {
    this.#counts.delete(key);
  }
}
