import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { memoryIo, type MemoryIo } from "../../../test/cases/memory-io.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

const sources = fileURLToPath(new URL("../../", import.meta.url));

interface Project {
  readonly server: FakeServer;
  readonly args: readonly string[];
}

/** A flow that tells somebody something by POST, and was interrupted in the middle of it. */
async function interrupted(): Promise<Project> {
  const server = await fakeServer();
  onTestFinished(() => server.close());
  // Where the runner of the tests loads modules from.
  const cache = join(sources, "../node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "run-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "notify.mjs");
  await writeFile(
    file,
    `import { Session } from ${JSON.stringify(join(sources, "index.ts"))};
import { flow } from ${JSON.stringify(join(sources, "flow/index.ts"))};
const api = new Session({ baseUrl: ${JSON.stringify(server.url)} });
export const notify = flow("notify", (run) => run.step("send", () => api.post("/alerts", { json: {} }).then(({ status }) => status)));
`,
  );
  const args = ["run", file, "--id", "n", "--journal", join(folder, "runs.db")];
  const io = memoryIo();
  server.on("POST /alerts").reply(() => {
    io.interrupt();
    return { status: 500 };
  });
  expect(await main(args, io)).toBe(130);
  expect(io.stderrText()).toContain(`errand run ${file} --id n --journal`);
  server.on("POST /alerts").reply({ status: 201 });
  return { server, args };
}

function terminal(...answers: string[]): MemoryIo {
  return memoryIo({ terminal: ["stdin", "stdout", "stderr"], answers, env: { NO_COLOR: "1" } });
}

describe("errand run --plan", () => {
  it("lists what the run would still do, sends nothing of it and records nothing", async () => {
    const { server, args } = await interrupted();
    const io = memoryIo({ env: { NO_COLOR: "1" } });
    expect(await main([...args, "--plan"], io)).toBe(0);
    expect(io.stdoutText()).toContain(`POST ${server.url}/alerts  held back`);
    expect(io.stdoutText()).toContain("nothing was changed");
    expect(server.calls.length).toBe(1);
  });

  it("takes no answer about what may have been done", async () => {
    const { args } = await interrupted();
    const io = memoryIo();
    expect(await main([...args, "--plan", "--uncertain", "skip"], io)).toBe(64);
    expect(io.stderrText()).toContain("--plan takes neither --again nor --uncertain");
  });
});

describe("errand run of a step that may have been done, on a terminal", () => {
  it("asks, naming what was in flight, and repeats it", async () => {
    const { server, args } = await interrupted();
    const io = terminal("r");
    expect(await main(args, io)).toBe(0);
    expect(io.stderrText()).toContain(`Whether this was done is not known:\n  POST ${server.url}/alerts\n`);
    expect(io.stdoutText()).toBe("201\n");
    expect(server.calls.length).toBe(2);
  });

  it("skips it", async () => {
    const { server, args } = await interrupted();
    const io = terminal("s");
    expect(await main(args, io)).toBe(0);
    expect(io.stdoutText()).toBe("");
    expect(server.calls.length).toBe(1);
  });

  it("stops, and says how to go on; nothing is asked where the command line answers", async () => {
    const { server, args } = await interrupted();
    const io = terminal("");
    expect(await main(args, io)).toBe(14);
    expect(io.stderrText()).toContain("--uncertain repeat");
    expect(server.calls.length).toBe(1);
    const told = terminal();
    expect(await main([...args, "--uncertain", "repeat"], told)).toBe(0);
    expect(told.stderrText()).not.toContain("[r]epeat");
  });
});
