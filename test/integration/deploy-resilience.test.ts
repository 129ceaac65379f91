import { describe, expect, it } from "vitest";
import { finished, image2, heldImage, openStage, type DeployStage } from "./deploy-stage.ts";
import { until } from "./until.ts";

/** Up, by one patch that was stored and one new revision. */
function expectOneRollout(stage: DeployStage, image = "web:held"): void {
  expect({ image: stage.image, revision: stage.revision, generation: stage.live.metadata.generation }).toEqual({
    image,
    revision: 2,
    generation: 2,
  });
  expect(stage.live.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
}

describe("a rollout while the API server is in trouble", () => {
  it("is followed to its end across a restart of the server", async () => {
    const stage = await openStage();
    const child = await stage.start(heldImage);
    await child.event("rolloutProgress");
    await stage.kubernetes.faults.restart({ downMs: 700 });
    stage.release();
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "", result: { verdict: "done", rollout: { outcome: "complete" } } });
    expectOneRollout(stage);
    expect(stage.writes).toHaveLength(1);
  });

  it("is followed to its end with watches that say nothing", async () => {
    const stage = await openStage();
    stage.kubernetes.faults.always({ type: "silentWatch" }, { path: /[?&]watch=/ });
    const child = await stage.start(heldImage);
    await child.event("rolloutProgress");
    stage.release();
    const { exitCode, result } = await finished(child);
    expect({ exitCode, verdict: result.verdict }).toEqual({ exitCode: 0, verdict: "done" });
    expectOneRollout(stage);
    // It must not wait for a watch to time out.
    expect(result.rollout?.elapsedMs).toBeLessThan(10_000);
  });

  it("is followed to its end when watches fall silent, expire and are refused in the middle", async () => {
    const stage = await openStage();
    const child = await stage.start(heldImage);
    await child.event("rolloutProgress");
    const { faults, store } = stage.kubernetes;
    store.compact();
    faults.next({ type: "expired" }, { path: /[?&]watch=/ });
    faults.next({ type: "watchExpired" }, { path: /[?&]watch=/ });
    faults.watches("expire");
    await until(() => stage.watches >= 3, "new watches after the refused ones");
    faults.watches("silence");
    stage.release();
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "", result: { verdict: "done" } });
    expectOneRollout(stage);
  });

  it("is followed to its end through a proxy's HTML pages", async () => {
    const stage = await openStage();
    const child = await stage.start(heldImage);
    await child.event("rolloutProgress");
    // More than one call takes: it fails as a whole, and the rollout is looked at again.
    stage.kubernetes.faults.next({ type: "htmlPage", code: 502 }, { method: "GET", times: 7 });
    stage.release();
    expect(await finished(child)).toMatchObject({ exitCode: 0, stderr: "", result: { verdict: "done" } });
    expectOneRollout(stage);
  });
});

describe("the patch", () => {
  it("waits as long as a 429 asks, and is stored once", async () => {
    const stage = await openStage();
    stage.kubernetes.faults.next({ type: "tooManyRequests", retryAfterSeconds: 1 }, { method: "PATCH" });
    const { exitCode, result, events } = await stage.deploy(image2);
    expect({ exitCode, verdict: result.verdict }).toEqual({ exitCode: 0, verdict: "done" });
    expect(stage.writes.map(({ status }) => status)).toEqual([429, 200]);
    const [planned, patched] = events.filter(({ type }) => type === "planned" || type === "patched");
    expect((patched?.atMs ?? 0) - (planned?.atMs ?? 0)).toBeGreaterThanOrEqual(1000);
    expectOneRollout(stage, "web:2");
  });

  it.each([
    ["the connection is reset after it was stored", { type: "reset", when: "afterWrite" }],
    ["the server times out after it was stored", { type: "timeoutAfterWrite" }],
  ] as const)("is looked for and not sent again when %s", async (_title, fault) => {
    const stage = await openStage();
    stage.kubernetes.faults.next(fault, { method: "PATCH" });
    const { exitCode, result } = await stage.deploy(image2);
    expect({ exitCode, verdict: result.verdict, writes: stage.writes.length }).toEqual({ exitCode: 0, verdict: "done", writes: 1 });
    expectOneRollout(stage, "web:2");
  });

  it.each([
    ["a proxy answers 502 in HTML", { type: "htmlPage", code: 502 }],
    ["the connection is reset before it arrived", { type: "reset" }],
    ["somebody else has just written the status", { type: "conflict" }],
  ] as const)("is sent again when %s, and stored once", async (_title, fault) => {
    const stage = await openStage();
    stage.kubernetes.faults.next(fault, { method: "PATCH" });
    const { exitCode, result } = await stage.deploy(image2);
    expect({ exitCode, verdict: result.verdict, writes: stage.writes.length }).toEqual({ exitCode: 0, verdict: "done", writes: 2 });
    expectOneRollout(stage, "web:2");
  });

  it("is not sent when the server refuses it for good", async () => {
    const stage = await openStage();
    const before = stage.mark;
    stage.kubernetes.faults.next({ type: "status", code: 422, message: "admission webhook says no" }, { method: "PATCH" });
    const { exitCode, result } = await stage.deploy(image2);
    expect({ exitCode, verdict: result.verdict, mark: stage.mark }).toEqual({ exitCode: 10, verdict: "blocked", mark: before });
    expect(result.reason).toContain("admission webhook says no");
  });
});

describe("the way back", () => {
  const bad = "change: { image: { web: 'web:bad' }, replicas: 4 }\nrollout: { timeout: 20s, failFast: 100ms }\n";

  it("is gone once, across a restart of the server and a lost answer", async () => {
    const stage = await openStage();
    const child = await stage.start(bad);
    await child.event("patched");
    stage.kubernetes.faults.next({ type: "reset", when: "afterWrite" }, { method: "PATCH" });
    await child.event("rollingBack");
    await stage.kubernetes.faults.restart({ downMs: 300 });
    const { exitCode, result } = await finished(child);
    expect({ exitCode, verdict: result.verdict, image: stage.image, replicas: stage.live.spec.replicas }).toEqual({
      exitCode: 11,
      verdict: "rolledBack",
      image: "web:1",
      replicas: 3,
    });
    expect(stage.revision).toBe(3);
    expect(stage.live.metadata.generation).toBe(3);
  });
});

describe("an API server that cannot be used", () => {
  it.each([
    ["that is not there", (stage: DeployStage) => stage.kubernetes.close(), /nothing listens/],
    [
      "behind a proxy that does not reach it",
      async (stage: DeployStage) => void stage.kubernetes.faults.always({ type: "htmlPage", code: 502 }, { path: "/" }),
      /answered 502 Bad Gateway/,
    ],
  ])("%s blocks the deploy within seconds", async (_title, prepare, reason) => {
    const stage = await openStage();
    const before = stage.mark;
    await prepare(stage);
    const { exitCode, result } = await stage.deploy(image2);
    expect({ exitCode, verdict: result.verdict, mark: stage.mark, writes: stage.writes }).toEqual({
      exitCode: 10,
      verdict: "blocked",
      mark: before,
      writes: [],
    });
    expect(result.reason).toMatch(reason);
  });
});
