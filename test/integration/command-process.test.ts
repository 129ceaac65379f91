import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeServer, type FakeServer } from "../../src/playground/index.ts";

const mainPath = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [mainPath, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "", ...env },
  });
}

async function finish(child: ChildProcess): Promise<Finished> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Resolves when the server has got its nth request. */
async function arrived(server: FakeServer, count = 1): Promise<void> {
  while (server.calls.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("the process", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await fakeServer();
  });
  afterEach(() => server.close());

  it("prints the body on stdout and ends with the exit code of the status", async () => {
    server.on("GET /nope").reply({ status: 404, text: "gone\n" });
    const result = await finish(start([`${server.url}/nope`]));
    expect(result).toMatchObject({ code: 4, stdout: "gone\n" });
    expect(result.stderr).toBe(`warning: GET ${server.url}/nope answered 404 Not Found\n`);
  });

  it("prints its version, the one of package.json", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(await finish(start(["--version"]))).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    ["SIGINT", 130, "interrupted"],
    ["SIGTERM", 143, "terminated"],
  ] as const)("ends on %s with exit code %d, while a request hangs", async (signal, code, word) => {
    server.on("GET /slow").hang();
    const child = start([`${server.url}/slow`]);
    const finished = finish(child);
    await arrived(server);
    child.kill(signal);
    expect(await finished).toEqual({ code, stdout: "", stderr: `errand: ${word}\n` });
  });

  it("ends on SIGINT while it waits between two attempts", async () => {
    server.on("GET /busy").fail(503, { retryAfter: 30 });
    const child = start([`${server.url}/busy`]);
    const finished = finish(child);
    await once(child.stderr as NodeJS.ReadableStream, "data");
    child.kill("SIGINT");
    const { code, stderr } = await finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^attempt 1 of 3: 503, waiting 3\d(\.\d)? s \(Retry-After\)\nerrand: interrupted\n$/);
  });

  it("is quiet and content when the reader of its output goes away", async () => {
    server.on("GET /endless").reply({ stream: endless });
    const child = start([`${server.url}/endless`]);
    const finished = finish(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    child.stdout?.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: "" });
  });

  it("reports an output that cannot be written", async () => {
    server.on("GET /text").reply({ text: "text\n" });
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [mainPath, `${server.url}/text`], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const { code, stderr } = await finish(child);
    expect(code).toBe(1);
    expect(stderr).toContain("ENOSPC");
  });

  it("does not wait for a stdin that stays open when the URL is all there is", async () => {
    server.on("GET /").reply({ text: "ok\n" });
    const child = start([server.url]);
    expect(await finish(child)).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
  });

  it("sends what is piped into it", async () => {
    server.on("POST /").reply((call) => ({ text: call.text() }));
    const child = start(["post", server.url]);
    child.stdin?.end('{"a":1}');
    expect(await finish(child)).toEqual({ code: 0, stdout: '{"a":1}', stderr: "" });
  });

  it("streams a long body from stdin", async () => {
    server.on("POST /").reply((call) => ({ text: String(call.bytes().length) }));
    const child = start([server.url, "@-"]);
    for (let part = 0; part < 30; part += 1) child.stdin?.write(Buffer.alloc(100_000));
    child.stdin?.end();
    expect(await finish(child)).toEqual({ code: 0, stdout: "3000000", stderr: "" });
    expect(server.calls[0]?.headers["transfer-encoding"]).toBe("chunked");
  });

  it("ends although it was answered before all of stdin was read", async () => {
    server.on("POST /").reply({ status: 413, text: "too large" }, { early: true });
    const child = start(["post", server.url]);
    child.stdin?.on("error", () => {});
    child.stdin?.write(Buffer.alloc(2_000_000));
    expect(await finish(child)).toMatchObject({ code: 4, stdout: "too large" });
  });

  it.each([
    { how: "as it came", options: [], beginning: '[{"id":1,"text":"xxx' },
    { how: "laid out", options: ["--pretty", "format"], beginning: '[\n  {\n    "id": 1,\n    "text": "xxx' },
  ])(
    "passes a large body on in flat memory, $how",
    async ({ options, beginning }) => {
      const chunk = Buffer.from(`{"id":1,"text":"${"x".repeat(9_980)}"},`.repeat(100));
      server.on("GET /large").reply({
        headers: { "content-type": "application/json" },
        stream: () =>
          (function* () {
            yield "[";
            for (let part = 0; part < 200; part += 1) yield chunk;
            yield "0]";
          })(),
      });
      const directory = mkdtempSync(join(tmpdir(), "errand-main-"));
      try {
        const probe = join(directory, "rss");
        const hook = `data:text/javascript,process.on("exit",()=>(process.getBuiltinModule("node:fs")).writeFileSync(${JSON.stringify(probe)},String(process.resourceUsage().maxRSS)))`;
        const child = spawn(process.execPath, ["--import", hook, mainPath, `${server.url}/large`, ...options], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let sizeBytes = 0;
        let first = "";
        child.stdout.on("data", (data: Buffer) => {
          if (first.length < beginning.length) first += data.toString();
          sizeBytes += data.length;
        });
        await once(child, "close");
        expect(first.slice(0, beginning.length)).toBe(beginning);
        expect(sizeBytes).toBeGreaterThanOrEqual(200 * chunk.length);
        expect(Number(readFileSync(probe, "utf8"))).toBeLessThan(190_000);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    20_000,
  );

  it("shows warnings as its own, not as Node's", async () => {
    server.on("GET /").reply({ text: "ok" });
    const { stderr } = await finish(start(["-a", "bearer=short", server.url]));
    expect(stderr).toContain("warning: The secret the token of -a is shorter than 8 characters");
    expect(stderr).not.toContain("trace-warnings");
  });
});

function* endless(): Generator<string> {
  for (;;) yield "line\n".repeat(2_000);
}
