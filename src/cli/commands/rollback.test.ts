import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { webDeployment } from "../../../test/deploy/web-deployment.ts";
import { memoryIo, type MemoryIoOptions } from "../../../test/cases/memory-io.ts";
import { startPlayground, type Playground } from "../../playground/index.ts";
import { main } from "../program.ts";

const web = webDeployment({ replicas: 2, image: "shop/web:1" });

let playground: Playground;
let directory: string;

beforeEach(async () => {
  playground = await startPlayground({ only: ["kubernetes", "slack"], kubernetes: { seed: [web], speed: 30 } });
  directory = await mkdtemp(join(tmpdir(), "errand-rollback-"));
  await writeFile(join(directory, "kubeconfig"), playground.kubernetes.kubeconfig({ namespace: "shop" }));
  await writeFile(join(directory, "webhook"), playground.slack.webhookUrl);
  await writeFile(
    join(directory, "deploy.yaml"),
    `version: 1
cluster: { kubeconfig: kubeconfig, context: playground }
target: { namespace: shop, deployment: web }
notify: [{ slack: { webhook: { secret: "file:${join(directory, "webhook")}" }, on: [rollback] } }]
change: { image: { web: shop/web:2 }, replicas: 3 }
`,
  );
  await playground.kubernetes.settle();
});
afterEach(async () => {
  await playground.close();
  await rm(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], options: MemoryIoOptions = {}): Promise<Ran> {
  const io = memoryIo({
    cwd: directory,
    env: { KUBECONFIG: join(directory, "kubeconfig"), ERRAND_HOME: join(directory, "home") },
    ...options,
  });
  const code = await main(args, io);
  return { code, stdout: io.stdoutText(), stderr: io.stderrText() };
}

const rollback = (args: readonly string[], options?: MemoryIoOptions): Promise<Ran> =>
  run(["rollback", "--journal", "runs.db", ...args], options);

function image(): unknown {
  const live = playground.kubernetes.store.get("deployments", "web", "shop") as never as typeof web;
  return live.spec.template.spec.containers[0]?.image;
}

describe("errand rollback RUN [FILE]", () => {
  it("asks with the way back, takes the change back, tells Slack, and the second time finds nothing to do", async () => {
    expect((await run(["deploy", "deploy.yaml", "--yes", "--id", "release-7"])).code).toBe(0);
    const terminal = { terminal: ["stdin", "stderr"], answers: ["n"] } as const;
    const no = await rollback(["release-7", "deploy.yaml"], terminal);
    expect(no.stderr).toMatch(/Roll back shop\/web \(back to web-\w+ \(revision 1\), replicas: 3 -> 2\)\? \[y\/N\]/);
    expect([no.code, image()]).toEqual([10, "shop/web:2"]);
    const yes = await rollback(["release-7", "deploy.yaml", "--yes"]);
    expect(yes.stderr).toMatch(/^roll back release-7: shop\/web on playground/);
    expect(yes.stdout).toMatch(/^done: what was there before the run release-7 is back: 2 of 2 pods available \(/);
    expect([yes.code, image()]).toEqual([0, "shop/web:1"]);
    expect(playground.slack.inbox.map(({ text }) => text)).toEqual([expect.stringContaining("rolled back by hand")]);
    const again = await rollback(["release-7", "deploy.yaml", "--yes", "--json"]);
    const events = again.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; result?: object });
    expect(events.at(-1)).toMatchObject({ type: "ended", result: { verdict: "nothingToDo", exitCode: 0 } });
    expect(again.code).toBe(0);
  });

  it("needs no file for a run of the journal that errand deploy wrote", async () => {
    expect((await run(["deploy", "deploy.yaml", "--yes", "--id", "release-8"])).code).toBe(0);
    const { code, stdout } = await run(["rollback", "release-8", "--yes"]);
    expect([code, image()]).toEqual([0, "shop/web:1"]);
    expect(stdout).toMatch(/^done: what was there before the run release-8 is back/);
    const { stdout: runs } = await run(["runs", "--journal", "home/runs.db"]);
    expect(runs).toMatch(/release-8\.rollback/);
  });

  it("refuses a run that nobody knows, and a pipe without --yes", async () => {
    const unknown = await rollback(["release-7", "--yes"]);
    expect([unknown.code, unknown.stderr]).toEqual([64, expect.stringContaining("does not know the run release-7")]);
    expect(existsSync(join(directory, "runs.db"))).toBe(false);
    const blocked = await rollback(["release-7", "deploy.yaml", "--yes"]);
    expect([blocked.code, blocked.stdout]).toEqual([10, expect.stringContaining("carries no run of errand, not by release-7")]);
    const pipe = await rollback(["release-7", "deploy.yaml"]);
    expect([pipe.code, pipe.stderr]).toEqual([64, expect.stringContaining("--yes")]);
    expect(image()).toBe("shop/web:1");
  });
});
