import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { killAlong, killAtRandom, trial } from "./conformance/kills.ts";
import { seeded } from "./seeded.ts";

const engine = fileURLToPath(new URL("conformance/local.ts", import.meta.url));

// Some thirty processes, each of which reads all of the sources: a busy machine takes its time.
describe("a run on the local engine whose process is killed", { timeout: 120_000 }, () => {
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
    const lease = { LEASE: "600" };
    const frozen = run.start(lease);
    run.server.delayMs = 5;
    // At the last request nothing else is in flight: frozen in the middle of a transaction it would hold the journal's lock.
    await new Promise<void>((resolve) => {
      run.server.onCall = () => {
        if (run.server.calls.at(-1)?.target !== "POST /notify") return;
        run.server.onCall = undefined;
        frozen.process.kill("SIGSTOP");
        resolve();
      };
    });
    const heir = await run.start(lease).ended;
    const before = run.server.calls.length;
    frozen.process.kill("SIGCONT");
    const woken = await frozen.ended;
    expect(woken.output).toMatchObject({ code: "ERR_RUN_TAKEN_OVER" });
    run.check(heir, 1);
    // Its request had left before it was frozen; nothing came after it.
    expect(run.server.calls.length).toBe(before);
  });

  it("say nothing of Node's experimental SQLite", async () => {
    const run = await trial(engine);
    onTestFinished(() => run.close());
    expect((await run.start().ended).stderr).not.toMatch(/SQLite|sqlite/);
  });
});
