import type { CheckResult } from "./check-result.ts";

/** A check's result without its name and time. */
export type Judgement = Pick<CheckResult, "outcome" | "summary" | "evidence">;
