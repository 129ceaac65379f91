import { readFile, stat } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { memoryIo, type MemoryIo } from "../../../test/cases/memory-io.ts";
import { Ended } from "../io.ts";
import { main } from "../program.ts";

/** Runs until the command says that it runs, looks, and ends it. */
async function during(argv: readonly string[], look: (io: MemoryIo) => Promise<void>): Promise<number> {
  const io = memoryIo();
  const running = main(argv, io);
  while (!io.stderrText().includes("running")) await new Promise((resolve) => setTimeout(resolve, 5));
  try {
    await look(io);
  } finally {
    io.interrupt(new Ended("interrupted"));
  }
  return running;
}

describe("errand playground", () => {
  it("prints URLs and exports that a shell can source, and ends well on Ctrl-C", async () => {
    let url = "";
    const code = await during(["playground", "--only", "slack,health"], async (io) => {
      expect(io.stdoutText()).toMatch(
        /^# slack {3}http:\/\/127\.0\.0\.1:\d+\n# health {2}(http:\/\/127\.0\.0\.1:\d+)\nexport SLACK_WEBHOOK=\S+\nexport SLACK_API_URL=\S+\nexport SLACK_BOT_TOKEN=\S+\nexport HEALTH_URL=\S+\n$/,
      );
      url = /export HEALTH_URL=(\S+)/.exec(io.stdoutText())?.[1] ?? "";
      expect((await fetch(url)).status).toBe(200);
    });
    expect(code).toBe(0);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("writes a kubeconfig that only its owner reads, and removes it at the end", async () => {
    let path = "";
    await during(["playground", "--only", "kubernetes", "--json"], async (io) => {
      const { urls, environment } = JSON.parse(io.stdoutText()) as { urls: Record<string, string>; environment: Record<string, string> };
      path = environment["KUBECONFIG"] ?? "";
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path, "utf8")).toContain(urls["kubernetes"]);
      expect(environment["K8S_API_URL"]).toBe(urls["kubernetes"]);
    });
    await expect(stat(path)).rejects.toThrow("ENOENT");
    await expect(stat(path.replace(/\/[^/]*$/, ""))).rejects.toThrow("ENOENT");
  });

  it("listens on the ports it is told", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    const io = memoryIo();
    expect(await main(["playground", "--only", "health", "--port", `health=${port}`], io)).toBe(64);
    expect(io.stderrText()).toContain(`health could not be started on port ${port}`);
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    await during(["playground", "--only", "health", "--port", `health=${port}`], async (running) => {
      expect(running.stdoutText()).toContain(`http://127.0.0.1:${port}`);
    });
  });

  it.each([
    [["--only", "slak"], "Did you mean slack?"],
    [["--port", "health"], "--port takes NAME=PORT"],
    [["--port", "health=99999"], "--port takes NAME=PORT"],
    [["--port", "helth=80"], "Did you mean health?"],
  ])("refuses %j", async (args, message) => {
    const io = memoryIo();
    expect(await main(["playground", ...args], io)).toBe(64);
    expect(io.stderrText()).toContain(message);
  });
});
