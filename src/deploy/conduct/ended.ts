import type { Verdict } from "../result.ts";

/** How the deploy came out, before anybody is told. */
export interface Ended {
  readonly verdict: Verdict;
  readonly reason: string;
  /** What to do or to look at now. */
  readonly next?: string;
  /** Nobody is told: who asked knows already. */
  readonly isQuiet?: boolean;
  /** Further lines for the notification. */
  readonly evidence?: readonly string[];
}
