import type { CheckResult } from "../checks/check-result.ts";

/** How often in a row each check has failed, or could not be judged. */
interface Streak {
  readonly failed: number;
  readonly undecided: number;
}

/** What the rounds so far come to. */
export type StreakVerdict = "undecided" | "allPass" | "failed" | "inconclusive";

/**
 * Counts round by round. A pass ends both of a check's rows; an error or missing data ends no row of failures, since it says nothing,
 * and a failure ends a row of errors, since the check could be asked.
 */
export class Streaks {
  readonly #limit: number;
  readonly #byName = new Map<string, Streak>();

  /** @param limit so many in a row decide */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `failed` beats `inconclusive`: a failure that is proved is worth acting on. */
  add(results: readonly CheckResult[]): StreakVerdict {
    const streaks = results.map((result, index) => {
      const key = `${index} ${result.name}`;
      const next = nextStreak(this.#byName.get(key) ?? { failed: 0, undecided: 0 }, result);
      this.#byName.set(key, next);
      return next;
    });
    if (streaks.some(({ failed }) => failed >= this.#limit)) return "failed";
    if (streaks.some(({ undecided }) => undecided >= this.#limit)) return "inconclusive";
    return results.every(({ outcome }) => outcome === "pass") ? "allPass" : "undecided";
  }
}

function nextStreak({ failed, undecided }: Streak, { outcome }: CheckResult): Streak {
  if (outcome === "pass") return { failed: 0, undecided: 0 };
  return outcome === "fail" ? { failed: failed + 1, undecided: 0 } : { failed, undecided: undecided + 1 };
}
