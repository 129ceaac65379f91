import type { Scenario } from "./scenario.ts";
import { errorRate } from "./stage.ts";

const before = `before:
  - pods: { minReady: 80% }
  - name: error rate
    prometheus: { url: PROMETHEUS, query: '${errorRate}', max: 0.5 }
  - name: health page
    http: { url: HEALTH, expect: 200 }
`;

const after = `after:
  for: 2s
  every: 500ms
  failures: 2
  checks:
    - pods: { minReady: 100% }
    - name: error rate
      prometheus: { url: PROMETHEUS, query: '${errorRate}', max: 0.5 }
`;

/** The four stories, in the order they are told. */
export const scenarios: readonly Scenario[] = [
  {
    title: "a healthy rollout",
    story: "A new image, two more replicas and a restart: one patch, one rollout, then two seconds of checks.",
    fileName: "1-healthy.yaml",
    file: `${before}change: { image: { web: shop/web:1.1 }, replicas: 6, restart: true }
rollout: { timeout: 30s, failFast: 3s }
${after}onFailure: rollback
`,
    expected: { verdict: "done", exitCode: 0, slackMessages: 1, newRevisions: 1, patches: 1 },
  },
  {
    title: "a bad image, caught and rolled back",
    story: "The new image does not exist. No waiting for a progress deadline of ten minutes: the former revision comes back by itself.",
    fileName: "2-bad-image.yaml",
    file: `${before}change: { image: { web: shop/web:1.2-missing } }
rollout: { timeout: 30s, failFast: 2s }
${after}onFailure: rollback
`,
    expected: { verdict: "rolledBack", exitCode: 11, slackMessages: 2, newRevisions: 2, patches: 2 },
  },
  {
    title: "a critical check, and nothing is changed",
    story:
      "The service answers with errors. Whatever is deployed now would be blamed, or would hide the cause: blocked, and the alert goes out.",
    fileName: "3-blocked.yaml",
    file: `${before}onCritical: stop
change: { image: { web: shop/web:1.3 } }
rollout: { timeout: 30s }
`,
    prepare: ({ playground }) => playground.prometheus.set(errorRate, 0.93),
    expected: { verdict: "blocked", exitCode: 10, slackMessages: 1, newRevisions: 0, patches: 0 },
  },
  {
    title: "the same, with the change as the remedy",
    story: "onCritical: proceed. The alert goes out, then the service is scaled and rolled, and it is healthy again.",
    fileName: "4-proceed.yaml",
    file: `${before}onCritical: proceed
change: { replicas: 8, restart: true }
rollout: { timeout: 30s, failFast: 3s }
${after}onFailure: stop
`,
    prepare: ({ playground }) => playground.prometheus.set(errorRate, 0.93),
    react: (event, { playground }) => {
      // Fresh pods: the errors are gone.
      if (event.type === "rolloutEnded") playground.prometheus.set(errorRate, 0.02);
    },
    expected: { verdict: "done", exitCode: 0, slackMessages: 2, newRevisions: 1, patches: 1 },
  },
];
