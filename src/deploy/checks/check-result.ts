/** How a check ended: `error` could not be asked, `noData` was asked and there was nothing to judge. */
export type CheckOutcome = "pass" | "fail" | "error" | "noData";

/** Why a check ended as it did; plain JSON. */
export type CheckEvidence =
  | {
      readonly kind: "pods";
      readonly ready: number;
      readonly wanted: number;
      readonly replicas: number;
      readonly notReady: readonly NotReadyPod[];
    }
  | {
      readonly kind: "prometheus";
      readonly query: string;
      readonly values: readonly SeriesValue[];
      readonly max?: number;
      readonly min?: number;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "http"; readonly url: string; readonly status?: number; readonly expected: readonly number[] };

/** A pod that is not ready, and why. */
export interface NotReadyPod {
  readonly pod: string;
  /** As kubectl shows it: `Pending`, `CrashLoopBackOff`. */
  readonly status: string;
  readonly reason?: string;
}

/** The value of one series. */
export interface SeriesValue {
  readonly labels: Readonly<Record<string, string>>;
  /** Text, since JSON has no NaN and no Infinity. */
  readonly value: string;
}

/** How one check ended. */
export interface CheckResult {
  readonly name: string;
  readonly outcome: CheckOutcome;
  /** One sentence with the numbers. */
  readonly summary: string;
  /** Absent when the check could not be asked at all. */
  readonly evidence?: CheckEvidence;
  readonly elapsedMs: number;
}

/** What a round of checks comes to: anything that could not be judged outweighs what failed. */
export function overallOutcome(results: readonly CheckResult[]): "pass" | "fail" | "inconclusive" {
  if (results.some(({ outcome }) => outcome === "error" || outcome === "noData")) return "inconclusive";
  return results.every(({ outcome }) => outcome === "pass") ? "pass" : "fail";
}
