import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryIo, type MemoryIo } from "../../../test/cases/memory-io.ts";
import { startKubernetes, type KubernetesStandIn } from "../../playground/index.ts";
import { main } from "../program.ts";

const pod = (name: string, labels: Readonly<Record<string, string>>): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels },
  spec: { containers: [{ name: "web", image: "web:1" }] },
});

describe("errand pods", () => {
  let cluster: KubernetesStandIn;
  let directory: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    cluster = await startKubernetes({ speed: 1000, seed: [pod("web-1", { app: "web" }), pod("cache-1", { app: "cache" })] });
    directory = await mkdtemp(join(tmpdir(), "errand-pods-"));
    await writeFile(join(directory, "config"), cluster.kubeconfig());
    env = { KUBECONFIG: join(directory, "config"), HOME: directory };
    await cluster.settle();
  });
  afterAll(async () => {
    await cluster.close();
    await rm(directory, { recursive: true });
  });

  /** Runs a watch until its output has what is looked for, then interrupts it. */
  async function watching(argv: readonly string[], until: (io: MemoryIo) => boolean): Promise<{ code: number; io: MemoryIo }> {
    const io = memoryIo({ env, cwd: directory });
    const running = main(["pods", "--watch", ...argv], io);
    while (!until(io)) await new Promise((resolve) => setTimeout(resolve, 5));
    io.interrupt();
    return { code: await running, io };
  }

  it("lists the pods of a namespace that a selector selects", async () => {
    const io = memoryIo({ env, cwd: directory });
    expect(await main(["pods", "-n", "shop", "-l", "app=web"], io)).toBe(0);
    expect(io.stdoutText()).toMatch(/^NAME {3}READY {2}STATUS {3}RESTARTS {2}AGE\nweb-1 {2}1\/1 {4}Running {2}0 {9}\d+\w+\n$/);
  });

  it("gives them as JSON", async () => {
    const io = memoryIo({ env, cwd: directory });
    await main(["pods", "-n", "shop", "--json"], io);
    expect(JSON.parse(io.stdoutText())).toMatchObject([
      { name: "cache-1", status: "Running", ready: true },
      { name: "web-1", status: "Running", ready: true },
    ]);
  });

  it("finds the kubeconfig by option, too", async () => {
    const io = memoryIo({ env: { HOME: directory }, cwd: directory });
    expect(await main(["pods", "--kubeconfig", "config", "-n", "default"], io)).toBe(0);
    expect(io.stderrText()).toBe("no pods found\n");
  });

  it("goes on with every change until it is interrupted", async () => {
    const created = setTimeout(() => cluster.store.create(pod("late-1", { app: "late" })), 30);
    const { code, io } = await watching(["-n", "shop", "-l", "app=late", "--json"], (running) =>
      running.stdoutText().includes('"ready":true'),
    );
    clearTimeout(created);
    expect(code).toBe(130);
    const events = io
      .stdoutText()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; pod: { name: string; status: string } });
    expect(events[0]).toMatchObject({ type: "ADDED", pod: { name: "late-1" } });
    expect(events.at(-1)).toMatchObject({ type: "MODIFIED", pod: { name: "late-1", status: "Running" } });
  });

  it("shows a watch as lines below one another, with the namespace where there are several", async () => {
    const { io } = await watching(["-A", "-l", "app in (web,cache)"], (running) => running.stdoutText().split("\n").length > 3);
    const lines = io.stdoutText().split("\n");
    expect(lines[0]).toMatch(/^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE$/);
    expect(lines.slice(1, 3).map((line) => line.split(/ +/).slice(0, 4))).toEqual([
      ["shop", "cache-1", "1/1", "Running"],
      ["shop", "web-1", "1/1", "Running"],
    ]);
  });
});
