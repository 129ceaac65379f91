import fc from "fast-check";

// A quick look on every run, a longer one where there is time: ERRAND_PROPERTY_RUNS=1000 npm test.
fc.configureGlobal({ numRuns: Number(process.env["ERRAND_PROPERTY_RUNS"] ?? 40) });
