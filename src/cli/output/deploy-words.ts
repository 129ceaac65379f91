import type { CheckOutcome, CheckResult, RolloutProgress, Verdict } from "../../deploy/index.ts";
import type { Color, Paint } from "./color.ts";
import { escapeLine } from "./control-characters.ts";

/** A verdict in words, and how good it is. */
export const verdictWords: Readonly<Record<Verdict, { readonly words: string; readonly color: Color; readonly icon: string }>> = {
  done: { words: "done", color: "green", icon: "✅" },
  nothingToDo: { words: "nothing to do", color: "green", icon: "✅" },
  planned: { words: "planned", color: "green", icon: "📋" },
  blocked: { words: "blocked, nothing changed", color: "red", icon: "⛔" },
  rolledBack: { words: "rolled back and verified", color: "yellow", icon: "↩️" },
  notRecovered: { words: "changed and not recovered", color: "red", icon: "🔥" },
  inconclusive: { words: "inconclusive", color: "yellow", icon: "❔" },
  needsPerson: { words: "needs a person", color: "red", icon: "🙋" },
  suspended: { words: "suspended", color: "yellow", icon: "⏸️" },
};

const outcomeWords: Readonly<Record<CheckOutcome, { readonly word: string; readonly color: Color }>> = {
  pass: { word: "ok", color: "green" },
  fail: { word: "FAIL", color: "red" },
  error: { word: "ERROR", color: "yellow" },
  noData: { word: "NO DATA", color: "yellow" },
};

/** `ok       pods at least 80% ready: 4 of 4 pods Ready, 4 wanted` */
export function renderCheck({ name, outcome, summary }: CheckResult, paint: Paint): string {
  const { word, color } = outcomeWords[outcome];
  return `${paint(color, word.padEnd(7))}  ${escapeLine(name)}: ${escapeLine(summary)}`;
}

/** `new web-6d4f 4/6 ready, old web-77c9 1/1 ready` */
export function renderRevisions({ revisions }: RolloutProgress): string {
  return revisions
    .map(({ replicaSet, isNew, total, ready, terminating }) => {
      const leaving = terminating === 0 ? "" : `, ${terminating} terminating`;
      return `${isNew ? "new" : "old"} ${replicaSet} ${ready}/${total} ready${leaving}`;
    })
    .join("; ");
}
