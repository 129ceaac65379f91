import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ErrandProcess, type ErrandOptions } from "./errand-process.ts";
import { until } from "./until.ts";

interface Demo {
  readonly child: ErrandProcess;
  /** Where it may keep its files while it runs. */
  readonly temporary: string;
}

async function startDemo(options: Pick<ErrandOptions, "stdout"> & { readonly args?: readonly string[] } = {}): Promise<Demo> {
  const temporary = await mkdtemp(join(tmpdir(), "errand-demo-test-"));
  onTestFinished(() => rm(temporary, { recursive: true, force: true }));
  const { args = [], ...rest } = options;
  const child = new ErrandProcess(["demo", ...args], { cwd: temporary, env: { TMPDIR: temporary }, ...rest });
  onTestFinished(() => child.kill("SIGKILL"));
  return { child, temporary };
}

/** No process, no file, and nobody who listens where it listened. */
async function expectNothingLeft({ child, temporary }: Demo, output: string): Promise<void> {
  expect(child.isRunning).toBe(false);
  expect(await readdir(temporary)).toEqual([]);
  const origins = [...new Set(output.match(/https?:\/\/127\.0\.0\.1:\d+/g))];
  for (const origin of origins)
    await expect(fetch(origin.replace("https:", "http:")), origin).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
}

describe("errand demo", () => {
  it("tells its four stories within a minute, each ends as it must, and nothing is left of it", async () => {
    const demo = await startDemo();
    const { exitCode, stdout, stderr } = await demo.child.ended;
    expect(exitCode).toBe(0);
    const rows = stdout.split("\n").filter((line) => line.endsWith("  as expected"));
    expect(rows.map((row) => row.trim().split(/ {2,}/).slice(0, 5))).toEqual([
      ["a healthy rollout", "done", "0", "1", "1"],
      ["a bad image, caught and rolled back", "rolled back and verified", "11", "2", "2"],
      ["a critical check, and nothing is changed", "blocked, nothing changed", "10", "1", "0"],
      ["the same, with the change as the remedy", "done", "0", "2", "1"],
    ]);
    expect(stdout).toContain("Every scenario ended as it must.");
    // Kubernetes, Prometheus, the health page: Slack's address is a secret.
    expect(new Set((stdout + stderr).match(/127\.0\.0\.1:\d+/g)).size).toBeGreaterThanOrEqual(3);
    await expectNothingLeft(demo, stdout + stderr);
  });

  it.each(["closed from the start", "closed in the middle"])("leaves nothing behind when stdout is %s", async (when) => {
    const demo = await startDemo(when.endsWith("start") ? { stdout: "closed" } : {});
    if (!when.endsWith("start")) {
      await until(() => demo.child.output.includes("patched: "), "the first patch");
      demo.child.stopReading();
    }
    const { exitCode, stdout, stderr } = await demo.child.ended;
    expect(exitCode).toBe(0);
    expect(stderr).not.toMatch(/errand: /);
    await expectNothingLeft(demo, stdout + stderr);
  });

  it("leaves nothing behind on Ctrl-C", async () => {
    const demo = await startDemo();
    await until(() => demo.child.output.includes("patched: "), "the first patch");
    demo.child.kill("SIGINT");
    const { exitCode, stdout, stderr } = await demo.child.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/\nerrand: interrupted\n$/);
    await expectNothingLeft(demo, stdout + stderr);
  });
});
