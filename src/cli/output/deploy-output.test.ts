import { describe, expect, it } from "vitest";
import type { DeployEvent, DeployResult, RolloutProgress } from "../../deploy/index.ts";
import { painter } from "./color.ts";
import { renderDeployLine } from "./deploy-line.ts";
import { nextLiveState, quiet, renderLive } from "./deploy-live.ts";
import { renderDeployResult } from "./deploy-result.ts";
import { renderDeploySummary } from "./deploy-summary.ts";
import { LiveRegion } from "./live-region.ts";

const plain = painter(false);
const progress: RolloutProgress = {
  message: "2 of 4 new pods made",
  numbers: { desired: 4, updated: 2, ready: 3, available: 3, old: 3, terminating: 1 },
  revisions: [
    { replicaSet: "web-new", isNew: true, total: 2, ready: 1, terminating: 0 },
    { replicaSet: "web-older", isNew: false, total: 2, ready: 2, terminating: 1 },
  ],
  problems: ["pod web-new-1: container web is in ImagePullBackOff"],
  elapsedMs: 1000,
};

const result: DeployResult = {
  verdict: "rolledBack",
  exitCode: 11,
  runId: "run-1",
  file: "deploy.yaml",
  cluster: "prod (https://10.0.0.1:6443)",
  target: { namespace: "shop", deployment: "web" },
  reason: "a pod said <script> | `rm`",
  next: "Find out why.",
  findings: [{ level: "warn", about: "gitops", message: "Argo CD manages it", remedy: "Change the repository too." }],
  plan: undefined,
  before: [{ name: "error rate", outcome: "pass", summary: "0.1, at most 0.5 allowed", elapsedMs: 12 }],
  rollout: {
    outcome: "failed",
    message: "no image",
    progress,
    badPod: { pod: "web-new-1", container: "web", reason: "CrashLoopBackOff", message: "crashed", log: "line 1\n```\nline 3" },
    elapsedMs: 3000,
  },
  after: [],
  rollback: undefined,
  notifications: [{ to: "slack webhook", subject: "rolled back", problem: "slack is down" }],
  startedAtMs: 0,
  elapsedMs: 65_000,
};

describe("a line of the log", () => {
  it("shows control characters of a server instead of sending them to the terminal", () => {
    const event: DeployEvent = {
      atMs: 0,
      type: "checked",
      stage: "before",
      round: 1,
      result: { name: "x", outcome: "fail", summary: "\u001b[2Jgone\nnext", elapsedMs: 1 },
    };
    expect(renderDeployLine(event, plain)).toBe("  FAIL     x: \\u001b[2Jgone\\nnext");
  });

  it("keeps rounds after the change to one line, but for what did not pass", () => {
    const checked = (outcome: "pass" | "fail"): DeployEvent => ({
      atMs: 0,
      type: "checked",
      stage: "after",
      round: 2,
      result: { name: "x", outcome, summary: "s", elapsedMs: 1 },
    });
    expect(renderDeployLine(checked("pass"), plain)).toBeUndefined();
    expect(renderDeployLine(checked("fail"), plain)).toBe("  FAIL     x: s");
    expect(renderDeployLine({ atMs: 0, type: "checksEnded", stage: "after", round: 2, outcome: "pass" }, plain)).toBe(
      "  round 2: all pass",
    );
  });

  it("names pods by revision", () => {
    expect(renderDeployLine({ atMs: 0, type: "rolloutProgress", stage: "rollout", progress }, plain)).toBe(
      "  2 of 4 new pods made [new web-new 1/2 ready; old web-older 2/2 ready, 1 terminating]",
    );
  });
});

describe("the live part", () => {
  const events: readonly DeployEvent[] = [
    { atMs: 0, type: "rolloutStarted", stage: "rollout", sinceMs: 0, timeoutMs: 600_000 },
    { atMs: 1000, type: "rolloutProgress", stage: "rollout", progress },
  ];
  const state = events.reduce(nextLiveState, quiet);

  it("shows the rollout with a bar for each revision", () => {
    expect(renderLive(state, { nowMs: 12_000, columns: 100, paint: plain })).toEqual([
      "rollout 12 s of at most 10 min",
      "  new web-new   █████░░░░░░░░░░░░░░░ 1 of 2 ready",
      "  old web-older ██████████░░░░░░░░░░ 2 of 2 ready, 1 leaving",
      "  2 of 4 new pods made",
      "  pod web-new-1: container web is in ImagePullBackOff",
    ]);
  });

  it("never has a line longer than the terminal, colours or not", () => {
    for (const hasColor of [true, false]) {
      for (const line of renderLive(state, { nowMs: 0, columns: 30, paint: painter(hasColor) })) {
        expect(line.replace(/\u001b\[\d+m/g, "").length).toBeLessThan(30);
      }
    }
  });

  it("asks, forgets what answered, and is empty when nothing goes on", () => {
    const asking = nextLiveState(quiet, { atMs: 0, type: "checksStarted", stage: "before", round: 1, names: ["a", "b"] });
    const one = nextLiveState(asking, {
      atMs: 0,
      type: "checked",
      stage: "before",
      round: 1,
      result: { name: "a", outcome: "pass", summary: "", elapsedMs: 0 },
    });
    expect(renderLive(one, { nowMs: 0, columns: 80, paint: plain })).toEqual(["  asking b ..."]);
    const ended = nextLiveState(state, { atMs: 0, type: "ended", result });
    expect(renderLive(ended, { nowMs: 0, columns: 80, paint: plain })).toEqual([]);
  });

  it("counts the window of the checks afterwards down", () => {
    const watching = nextLiveState(quiet, { atMs: 0, type: "watching", forMs: 120_000, everyMs: 15_000 });
    expect(renderLive(watching, { nowMs: 60_000, columns: 80, paint: plain })).toEqual(["watching ██████████░░░░░░░░░░ 60 s left"]);
  });
});

describe("a live region", () => {
  it("goes back over its own lines and no further", () => {
    const printed: string[] = [];
    const region = new LiveRegion({
      isTTY: true,
      hasColor: false,
      columns: 80,
      print: (text) => printed.push(text.endsWith("\n") ? text : `${text}\n`),
      write: async () => {},
    });
    region.draw(["a", "b"]);
    region.draw(["a", "b"]);
    region.log("said");
    region.draw([]);
    region.draw([]);
    expect(printed).toEqual(["a\nb\n", "\r\u001b[2A\u001b[Jsaid\na\nb\n", "\r\u001b[2A\u001b[J\u001b[1A\n"]);
  });
});

describe("the end", () => {
  it("is verdict, reason, what to do, and what did not arrive", () => {
    expect(renderDeployResult(result, plain)).toBe(
      "rolled back and verified: a pod said <script> | `rm` (1 min 5 s, exit code 11)\nFind out why.\nnot delivered to slack webhook: rolled back",
    );
  });

  it("as Markdown lets nothing that a server said become markup", () => {
    const text = renderDeploySummary(result);
    expect(text).toMatch(
      /^## ↩️ shop\/web: rolled back and verified\n\na pod said &lt;script&gt; \| \\`rm\\`\n\n\*\*Next:\*\* Find out why\.\n/,
    );
    expect(text).toContain("| error rate | pass | 0.1, at most 0.5 allowed |");
    expect(text).toContain("| web-new | new | 1 of 2 |");
    expect(text).toContain("    line 1\n    ```\n    line 3");
    expect(text).toContain("- slack webhook: rolled back — not delivered: slack is down");
  });
});
