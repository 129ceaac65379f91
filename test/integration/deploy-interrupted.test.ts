import { describe, expect, it } from "vitest";
import { fakeServer, startHealth } from "../../src/playground/index.ts";
import { finished, image2, heldImage, openStage } from "./deploy-stage.ts";
import { until } from "./until.ts";

const asRun = { args: ["--yes", "--json", "--id", "run-1"] };

describe("a deploy that is interrupted in the middle of its rollout", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("by %s says how to go on, and goes on so, without a second change", async (signal) => {
    const stage = await openStage();
    const child = await stage.start(heldImage, asRun);
    await child.event("rolloutProgress");
    child.kill(signal);
    const { exitCode, result, stderr } = await finished(child);
    expect({ exitCode, verdict: result.verdict, reason: result.reason, stderr }).toEqual({
      exitCode: 130,
      verdict: "suspended",
      reason: "interrupted during the rollout",
      stderr: "",
    });
    expect(result.next).toContain("Go on: errand deploy --resume run-1.");
    expect(result.next).toMatch(/Back: errand rollback /);
    const again = await stage.start(heldImage, asRun);
    expect(await again.event("resumed")).toMatchObject({ done: ["preflight", "confirm", "patch"] });
    stage.release();
    expect(await finished(again)).toMatchObject({ exitCode: 0, result: { verdict: "done" } });
    expect({ revision: stage.revision, writes: stage.writes.length }).toEqual({ revision: 2, writes: 1 });
  });

  it("without a journal goes on by its id, for its change is found", async () => {
    const stage = await openStage();
    const unrecorded = { args: [...asRun.args, "--no-journal"] };
    const child = await stage.start(heldImage, unrecorded);
    await child.event("rolloutProgress");
    child.kill("SIGTERM");
    expect((await finished(child)).result.next).toContain("Go on: errand deploy deploy.yaml --id run-1.");
    const again = await stage.start(heldImage, unrecorded);
    await again.event("attached");
    stage.release();
    expect(await finished(again)).toMatchObject({ exitCode: 0, result: { verdict: "done", plan: { isAttached: true } } });
    expect({ revision: stage.revision, writes: stage.writes.length }).toEqual({ revision: 2, writes: 1 });
  });

  it("tells people the same on stdout, and ends at once", async () => {
    const stage = await openStage();
    const child = await stage.start(heldImage, { args: ["--yes"] });
    await until(() => stage.writes.length === 1, "the patch");
    const startedMs = performance.now();
    child.kill("SIGINT");
    const { exitCode, stdout } = await child.ended;
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(
      /^suspended: interrupted (?:during the rollout|while the change was being written) .*\n.*Go on: errand deploy --resume [\w-]{36}\./,
    );
  });

  it("in its checks before the change has changed nothing", async () => {
    const stage = await openStage();
    const health = await startHealth({ script: { delayMs: 10_000 } });
    try {
      const before = stage.mark;
      const child = await stage.start(`before: [{ http: { url: '${health.healthUrl}', timeout: 20s } }]\n${image2}`);
      await until(() => health.checks === 1, "the check");
      child.kill("SIGTERM");
      expect(await finished(child)).toMatchObject({
        exitCode: 130,
        result: { verdict: "suspended", next: expect.stringMatching(/^Nothing was changed\. Go on: /) },
      });
      expect({ mark: stage.mark, writes: stage.writes }).toEqual({ mark: before, writes: [] });
    } finally {
      await health.close();
    }
  });
});

describe("a deploy whose output nobody reads any more", () => {
  it("is seen through to its end, and says how it ended on stderr", async () => {
    const stage = await openStage();
    const child = await stage.start(heldImage);
    await child.event("rolloutProgress");
    child.stopReading();
    stage.release();
    const { exitCode, stderr } = await child.ended;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^done: 3 of 3 pods available \(.*, exit code 0\)\n$/),
    });
    expect(stage.live.status).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
  });

  it("still rolls back what does not come up", async () => {
    const stage = await openStage();
    const child = await stage.start("change: { image: { web: 'web:bad' } }\nrollout: { timeout: 20s, failFast: 100ms }\n", {
      stdout: "closed",
    });
    const { exitCode, stderr } = await child.ended;
    expect({ exitCode, image: stage.image, revision: stage.revision }).toEqual({ exitCode: 11, image: "web:1", revision: 3 });
    expect(stderr).toMatch(/^rolled back and verified: /);
  });
});

const byNumber = (left: number | null, right: number | null): number => (left ?? 0) - (right ?? 0);

describe("another deploy in between", () => {
  it("of the same Deployment is blocked while the first is rolling out", async () => {
    const stage = await openStage();
    const first = await stage.start(heldImage);
    await first.event("rolloutProgress");
    const second = await stage.deploy(image2);
    expect(second).toMatchObject({
      exitCode: 10,
      result: {
        verdict: "blocked",
        reason: expect.stringMatching(/^the run [\w-]+ has been at work on deployment shop\/web since \S+ \(and 1 more\)$/),
        findings: [{ about: "lease" }, { about: "rollout", message: expect.stringContaining("is in progress") }],
      },
    });
    stage.release();
    expect(await finished(first)).toMatchObject({ exitCode: 0, result: { verdict: "done" } });
    expect({ image: stage.image, revision: stage.revision, writes: stage.writes.length }).toEqual({
      image: "web:held",
      revision: 2,
      writes: 1,
    });
  });

  it("between plan and patch stops the deploy with nothing changed by it", async () => {
    const stage = await openStage();
    const health = await startHealth({ script: { delayMs: 500 } });
    try {
      const child = await stage.start(`before: [{ http: { url: '${health.healthUrl}' } }]\n${image2}`);
      await until(() => health.checks === 1, "the check");
      stage.kubernetes.store.patch("deployments", "web", { namespace: "shop", patch: { spec: { replicas: 5 } } });
      const { exitCode, result } = await finished(child);
      expect({ exitCode, verdict: result.verdict, image: stage.image, writes: stage.writes }).toEqual({
        exitCode: 10,
        verdict: "blocked",
        image: "web:1",
        writes: [],
      });
      expect(result.reason).toMatch(/was changed by somebody else since the plan was made \(generation 1 -> 2\)$/);
    } finally {
      await health.close();
    }
  });

  it("during the rollout needs a person, and is not rolled back over", async () => {
    const stage = await openStage();
    const child = await stage.start(heldImage);
    await child.event("rolloutProgress");
    const spec = { template: { spec: { containers: [{ name: "web", image: "web:3" }] } } };
    stage.kubernetes.store.patch("deployments", "web", { namespace: "shop", patch: { spec } });
    const { exitCode, result } = await finished(child);
    expect({ exitCode, verdict: result.verdict, image: stage.image, writes: stage.writes.length }).toEqual({
      exitCode: 14,
      verdict: "needsPerson",
      image: "web:3",
      writes: 1,
    });
    expect(result.reason).toMatch(/somebody else changed the Deployment's template/);
  });

  it("at the same moment: one is carried out, and the other changes nothing", async () => {
    const stage = await openStage();
    const gate = await fakeServer();
    try {
      // Both have made their plans when they come here, and go on together.
      gate.on("GET /gate").reply(async () => {
        await until(() => gate.calls.length === 2, "both deploys");
        return { status: 200 };
      });
      const images = ["web:2", "web:3"];
      const texts = images.map(
        (image) => `before: [{ http: { url: '${gate.url}/gate', timeout: 20s } }]\n${image2.replace("web:2", image)}`,
      );
      const started = await Promise.all(texts.map((text, index) => stage.start(text, { file: `deploy-${index}.yaml` })));
      const outcomes = await Promise.all(started.map(finished));
      expect(outcomes.map(({ exitCode }) => exitCode).sort(byNumber)).toEqual([0, 10]);
      expect(stage.image).toBe(images[outcomes.findIndex(({ exitCode }) => exitCode === 0)]);
      expect(outcomes.find(({ exitCode }) => exitCode === 10)?.result.reason).toMatch(
        /^the run [\w-]+ has been at work on deployment shop\/web|was changed by somebody else since the plan was made/,
      );
      expect({ revision: stage.revision, stored: stage.writes.filter(({ status }) => status === 200).length }).toEqual({
        revision: 2,
        stored: 1,
      });
    } finally {
      await gate.close();
    }
  });
});
