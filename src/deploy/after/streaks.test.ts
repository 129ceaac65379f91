import { describe, expect, it } from "vitest";
import type { CheckOutcome, CheckResult } from "../checks/check-result.ts";
import { Streaks, type StreakVerdict } from "./streaks.ts";

const letters: Readonly<Record<string, CheckOutcome>> = { p: "pass", f: "fail", e: "error", n: "noData" };

function round(outcomes: string): readonly CheckResult[] {
  return outcomes
    .split("")
    .map((letter, index) => ({ name: `check ${index}`, outcome: letters[letter] ?? "pass", summary: "", elapsedMs: 0 }));
}

/** Rounds are words, one letter for each check. */
function verdictAfter(rounds: string, limit = 2): StreakVerdict {
  const streaks = new Streaks(limit);
  let last: StreakVerdict = "allPass";
  for (const outcomes of rounds.split(" ")) last = streaks.add(round(outcomes));
  return last;
}

describe("rounds of checks", () => {
  it.each([
    ["p p p", "allPass"],
    ["f", "undecided"],
    ["f f", "failed"],
    ["f p f", "undecided"],
    ["f p f f", "failed"],
    ["e", "undecided"],
    ["e e", "inconclusive"],
    ["e n", "inconclusive"],
    ["e p e", "undecided"],
    // An error says nothing about health: it neither continues nor ends a row of failures.
    ["f e f", "failed"],
    // A failure shows that the check can be asked.
    ["e f e", "undecided"],
    ["fp pf", "undecided"],
    ["fe fe", "failed"],
    ["pe pe", "inconclusive"],
  ] as const)("%s come to %s", (rounds, verdict) => {
    expect(verdictAfter(rounds)).toBe(verdict);
  });

  it("needs as many in a row as the file says", () => {
    expect(verdictAfter("f", 1)).toBe("failed");
    expect(verdictAfter("f f", 3)).toBe("undecided");
    expect(verdictAfter("f f f", 3)).toBe("failed");
  });

  it("keeps checks of the same name apart", () => {
    const streaks = new Streaks(2);
    const [first, second] = round("pf");
    const same = [first, second].map((result) => ({ ...(result as CheckResult), name: "twin" }));
    streaks.add(same);
    expect(streaks.add(same)).toBe("failed");
  });
});
