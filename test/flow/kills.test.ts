import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { killAlong, killAtRandom, trial } from "./conformance/kills.ts";
import { seeded } from "./seeded.ts";

const engine = fileURLToPath(new URL("conformance/local.ts", import.meta.url));

describe("a run on the local engine whose process is killed", () => {
  it("does every call once but for what was in flight: at one step boundary after another", async () => {
    expect(await killAlong(engine, 4)).toBeGreaterThanOrEqual(10);
  });

  it("does every call once but for what was in flight: in the middle of requests", async () => {
    expect(await killAtRandom(engine, seeded(7), 6)).toBe(6);
  });
});

describe("two processes on one run", () => {
  it("share its result: one runs it, the other waits", async () => {
    const run = await trial(engine);
    onTestFinished(() => run.close());
    run.server.delayMs = 5;
    const [one, two] = await Promise.all([run.start().ended, run.start().ended]);
    run.check(one, 0);
    expect(two.output).toEqual(one.output);
  });

  it("fence an owner that was frozen for longer than its lease", async () => {
    const run = await trial(engine);
    onTestFinished(() => run.close());
    const lease = { LEASE: "200" };
    const frozen = run.start(lease);
    run.server.onCall = () => {
      if (run.server.calls.length === 5) frozen.process.kill("SIGSTOP");
    };
    run.server.delayMs = 5;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (run.server.calls.length < 5) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    const heir = await run.start(lease).ended;
    const before = run.server.calls.length;
    frozen.process.kill("SIGCONT");
    const woken = await frozen.ended;
    expect(woken.output).toMatchObject({ code: "ERR_RUN_TAKEN_OVER" });
    // What the frozen one had in flight is all that it could still do.
    run.check(heir, 1);
    expect(run.server.calls.length - before).toBeLessThanOrEqual(4);
  });

  it("say nothing of Node's experimental SQLite", async () => {
    const run = await trial(engine);
    onTestFinished(() => run.close());
    expect((await run.start().ended).stderr).not.toMatch(/SQLite|sqlite/);
  });
});
