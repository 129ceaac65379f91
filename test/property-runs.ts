import fc from "fast-check";

const usual = Number(process.env["ERRAND_PROPERTY_RUNS"] ?? 12);

// A quick look on every run, a longer one where there is time: ERRAND_PROPERTY_RUNS=1000 npm test.
fc.configureGlobal({ numRuns: usual });

/** So many times the usual runs, for a property whose faults hide well. */
export function timesTheRuns(factor: number): number {
  return usual * factor;
}
