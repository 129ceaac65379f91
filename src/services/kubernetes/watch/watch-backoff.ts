const SHORTEST_MS = 800;
const LONGEST_MS = 30_000;

/**
 * The waits between reconnections: 0.8 s, doubling to 30 s, with jitter so that a thousand watchers do not come back together.
 *
 * Reset only by an event: a server that accepts a watch and drops it at once is not healthy (kubernetes-client/javascript#1933).
 */
export class WatchBackoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  nextMs(): number {
    const base = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    return Math.min(LONGEST_MS, base * (1 + this.#random()));
  }

  reset(): void {
    this.#failures = 0;
  }
}
