import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests that look at the memory or the registry of secrets of their whole process: each file gets a process of its own.
const wholeProcess = [
  "src/secrets/**/*.test.ts",
  "src/body/decode-stream.test.ts",
  "src/body/sse-events.test.ts",
  "src/client/secrecy.test.ts",
  "test/docs/doctor-page.test.ts",
];

// Tests that start processes, or simulate rollouts, by the dozen: with the integration tests, so that `npm test` stays under a minute.
const slow = [
  "src/cli/commands/demo.test.ts",
  "src/cli/commands/deploy.test.ts",
  "src/deploy/recorded/*.test.ts",
  "src/cli/commands/new.test.ts",
  "src/cli/commands/rollback.test.ts",
  "src/deploy/rollback/roll-back-run.test.ts",
  "src/cli/commands/run.test.ts",
  "src/cli/commands/runs.test.ts",
  "src/services/kubernetes/credentials/exec-plugin.test.ts",
  "src/flow/local/journal-fault.test.ts",
  "src/telemetry/open-telemetry.test.ts",
  "src/tls/trust.test.ts",
  "test/flow/**/*.test.ts",
];

// A machine that runs something else beside may stop a process for a second: time limits of tests are generous, and what failed is tried once
// more, in CI twice; the report names what needed it.
const patience = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  retry: process.env["CI"] === "true" ? 2 : 1,
  setupFiles: ["test/property-runs.ts"],
  // Commands that tests start load the sources in half the time.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compile", import.meta.url)) },
};

export default defineConfig({
  test: {
    // By default one processor is left free, which on two means no parallel run at all.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          ...patience,
          name: "unit",
          include: ["src/**/*.test.ts", "test/{cases,docs,faults,issues,peers,tls-lab}/**/*.test.ts"],
          exclude: [...wholeProcess, ...slow],
          pool: "forks",
          isolate: false,
        },
      },
      { test: { ...patience, name: "process", include: wholeProcess, pool: "forks" } },
      { test: { ...patience, name: "slow", include: slow, pool: "forks" } },
      {
        test: {
          ...patience,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...patience,
          name: "packaging",
          include: ["test/packaging/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
