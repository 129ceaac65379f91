import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment, Pod, RolloutSnapshot } from "../../services/kubernetes/index.ts";
import { overallOutcome, type CheckResult } from "./check-result.ts";
import { judgeHttp } from "./judge-http.ts";
import { judgePods, wantedPods } from "./judge-pods.ts";
import { judgeQuery, type QueryAnswer } from "./judge-query.ts";

function pod(
  name: string,
  { ready = true, terminating = false, waiting }: { ready?: boolean; terminating?: boolean; waiting?: string } = {},
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: name,
      resourceVersion: "1",
      namespace: "shop",
      ...(terminating ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { containers: [{ name: "web" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      ...(waiting === undefined ? {} : { containerStatuses: [{ name: "web", restartCount: 4, state: { waiting: { reason: waiting } } }] }),
    },
  };
}

function snapshot(replicas: number | undefined, pods: readonly Pod[]): RolloutSnapshot {
  const deployment: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", uid: "u", resourceVersion: "1" },
    spec: { ...(replicas === undefined ? {} : { replicas }), selector: {}, template: {} },
  };
  return { deployment, replicaSets: [], pods, serverTimeMs: 0 };
}

describe("the pods check", () => {
  it("counts Ready pods against a share of spec.replicas, rounded up", () => {
    const pods = [pod("a"), pod("b"), pod("c", { ready: false })];
    expect(judgePods({ minReady: { percent: 50 } }, snapshot(3, pods))).toMatchObject({
      outcome: "pass",
      evidence: { ready: 2, wanted: 2, replicas: 3 },
    });
    expect(judgePods({ minReady: { percent: 80 } }, snapshot(3, pods))).toMatchObject({ outcome: "fail", evidence: { wanted: 3 } });
  });

  it("does not count a terminating pod, although it is still Ready", () => {
    const pods = [pod("a"), pod("b", { terminating: true })];
    expect(judgePods({ minReady: { count: 2 } }, snapshot(2, pods))).toMatchObject({
      outcome: "fail",
      evidence: { ready: 1, notReady: [] },
    });
  });

  it("counts against replicas, not against the pods that happen to exist", () => {
    expect(judgePods({ minReady: { percent: 100 } }, snapshot(4, [pod("a")]))).toMatchObject({ outcome: "fail" });
    expect(judgePods({ minReady: { percent: 100 } }, snapshot(undefined, [pod("a")]))).toMatchObject({ outcome: "pass" });
  });

  it("has no data for a Deployment that is scaled to 0", () => {
    expect(judgePods({ minReady: { percent: 80 } }, snapshot(0, []))).toMatchObject({ outcome: "noData" });
  });

  it("says which pods are not ready and why", () => {
    const { summary } = judgePods(
      { minReady: { count: 2 } },
      snapshot(2, [pod("a"), pod("web-x", { ready: false, waiting: "CrashLoopBackOff" })]),
    );
    expect(summary).toContain("1 of 2 pods Ready, 2 wanted");
    expect(summary).toContain("pod web-x: container web is in CrashLoopBackOff");
  });

  it("is an error when the Deployment is gone", () => {
    expect(judgePods({ minReady: { count: 1 } }, { ...snapshot(1, []), deployment: undefined })).toMatchObject({ outcome: "error" });
  });

  it("wants the exact ceiling whatever the share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10_000 }), (percent, replicas) => {
        expect(wantedPods({ percent }, replicas)).toBe(Math.floor((percent * replicas + 99) / 100));
      }),
    );
  });
});

function vector(...values: readonly number[]): QueryAnswer {
  return { resultType: "vector", samples: values.map((value, index) => ({ labels: { i: String(index) }, value })), warnings: [] };
}
const spec = { query: "q", max: 0.5, min: undefined, noData: undefined, series: "one", warnings: "error" } as const;

describe("the prometheus check", () => {
  it.each([
    [0.5, "pass"],
    [0.500001, "fail"],
    [-1, "pass"],
    [Infinity, "fail"],
    [-Infinity, "pass"],
  ] as const)("with max 0.5, inclusive, the value %s is a %s", (value, outcome) => {
    expect(judgeQuery(spec, vector(value)).outcome).toBe(outcome);
  });

  it("takes min as inclusive too, and both together", () => {
    const both = { ...spec, min: 0.2 };
    expect([0.1, 0.2, 0.5, 0.6].map((value) => judgeQuery(both, vector(value)).outcome)).toEqual(["fail", "pass", "pass", "fail"]);
    expect(judgeQuery({ ...spec, max: undefined, min: 1 }, vector(0)).summary).toBe("0, at least 1 wanted");
  });

  it.each([
    ["an empty vector", vector()],
    ["NaN", vector(Number.NaN)],
  ])("has no data for %s, unless the file says what that counts as", (_name, answer) => {
    expect(judgeQuery(spec, answer).outcome).toBe("noData");
    expect(judgeQuery({ ...spec, noData: "fail" }, answer).outcome).toBe("fail");
    expect(judgeQuery({ ...spec, noData: "pass" }, answer).outcome).toBe("pass");
  });

  it("refuses several series unless it is said which count", () => {
    expect(judgeQuery(spec, vector(0.1, 0.9))).toMatchObject({ outcome: "error", summary: expect.stringContaining("2 series") });
    expect(judgeQuery({ ...spec, series: "any" }, vector(0.1, 0.9)).outcome).toBe("pass");
    expect(judgeQuery({ ...spec, series: "all" }, vector(0.1, 0.9))).toMatchObject({
      outcome: "fail",
      summary: "0.9 (2 series), at most 0.5 allowed",
    });
    expect(judgeQuery({ ...spec, series: "all" }, vector(0.1, 0.2)).outcome).toBe("pass");
  });

  it("does not let a NaN vanish among series that must all be within the limits", () => {
    expect(judgeQuery({ ...spec, series: "all" }, vector(0.1, Number.NaN)).outcome).toBe("noData");
    expect(judgeQuery({ ...spec, series: "any" }, vector(0.1, Number.NaN)).outcome).toBe("pass");
    expect(judgeQuery({ ...spec, series: "any" }, vector(Number.NaN, Number.NaN)).outcome).toBe("noData");
  });

  it("is undecided about a partial answer, unless warnings are allowed", () => {
    const partial = { ...vector(0.1), warnings: ["store s3 did not answer"] };
    expect(judgeQuery(spec, partial)).toMatchObject({ outcome: "error", summary: expect.stringContaining("store s3 did not answer") });
    expect(judgeQuery({ ...spec, warnings: "allow" }, partial).outcome).toBe("pass");
  });

  it("says that a range is no number", () => {
    expect(judgeQuery(spec, { resultType: "matrix", samples: [], warnings: [] })).toMatchObject({
      outcome: "error",
      summary: expect.stringContaining("rate()"),
    });
  });

  it("keeps its evidence JSON, NaN and infinities included", () => {
    const { evidence } = judgeQuery({ ...spec, series: "any" }, vector(Number.NaN, Infinity));
    expect(JSON.parse(JSON.stringify(evidence))).toMatchObject({ values: [{ value: "NaN" }, { value: "+Inf" }] });
  });
});

describe("the http check", () => {
  const http = { url: "http://h/", expect: [200, 204], contains: undefined };
  it("passes for the statuses named and no others", () => {
    expect(judgeHttp(http, { status: 204, body: "" }).outcome).toBe("pass");
    expect(judgeHttp(http, { status: 503, body: "" })).toMatchObject({ outcome: "fail", summary: "answered 503, 200 or 204 expected" });
    expect(judgeHttp(http, { status: 201, body: "" }).outcome).toBe("fail");
  });
  it("wants the text in the body where one is given", () => {
    expect(judgeHttp({ ...http, contains: "ok" }, { status: 200, body: "all ok" }).outcome).toBe("pass");
    expect(judgeHttp({ ...http, contains: "ok" }, { status: 200, body: "down" }).outcome).toBe("fail");
  });
});

describe("a round of checks", () => {
  const result = (outcome: CheckResult["outcome"]): CheckResult => ({ name: "c", outcome, summary: "", elapsedMs: 0 });
  it("is inconclusive as soon as one check could not be judged", () => {
    expect(overallOutcome([result("pass"), result("pass")])).toBe("pass");
    expect(overallOutcome([result("pass"), result("fail")])).toBe("fail");
    expect(overallOutcome([result("fail"), result("error")])).toBe("inconclusive");
    expect(overallOutcome([result("pass"), result("noData")])).toBe("inconclusive");
    expect(overallOutcome([])).toBe("pass");
  });
});
