import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { server } from "../test-session.ts";
import type { FakeCall, FakeReply, FakeServer } from "../../src/playground/index.ts";

const source = (path: string): string => new URL(path, import.meta.url).href;

/** Downloads argv[1] to argv[2] in a process of its own, and prints what came of it. */
const script = `
import { Session } from ${JSON.stringify(source("../../src/client/session.ts"))};
import { download } from ${JSON.stringify(source("../../src/client/download/download.ts"))};
import { resolveRetry, RetryBudget } from ${JSON.stringify(source("../../src/retry/index.ts"))};
const [url, target, sha256] = process.argv.slice(1);
const session = new Session();
// The connection and what it loads are not the download's.
await session.get(new URL("/warm", url)).text();
let largest = 0;
const before = process.memoryUsage().rss;
const timer = setInterval(() => { largest = Math.max(largest, process.memoryUsage().rss - before); }, 5);
try {
  const { sizeBytes, resumedBytes } = await download({
    url: new URL(url),
    open: (options) => session.get(url, { ...options, stream: true }),
    retry: resolveRetry(undefined),
    budget: new RetryBudget(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
    random: Math.random,
  }, target, { sha256: sha256 || undefined });
  console.log(JSON.stringify({ sizeBytes, resumedBytes, growth: largest }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
clearInterval(timer);
await session.close();
`;

const children: ChildProcess[] = [];
let directory: string;
let api: FakeServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-processes-"));
  api = await server();
  api.on("GET /warm").reply({ text: "x".repeat(100_000) });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(directory, { recursive: true });
});

interface Outcome {
  readonly sizeBytes?: number;
  readonly resumedBytes?: number;
  readonly growth?: number;
  readonly error?: string;
}

/** @param limit what the shell sets before, such as `ulimit -f 100;` */
function run(path: string, sha256 = "", limit = ""): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
  const args = ["-c", `${limit} exec "$0" "$@"`, process.execPath, ...flags, `${api.url}${path}`, join(directory, "f"), sha256];
  const child = spawn("/bin/sh", args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const outcome = (async () => {
    const output: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    await once(child, "close");
    const text = Buffer.concat(output).toString();
    return text === "" ? {} : (JSON.parse(text) as Outcome);
  })();
  return { child, outcome };
}

const piece = Buffer.alloc(256 * 1024, "0123456789abcdef");

/** So many pieces; a range begins at a piece's border or anywhere in it. */
function large(pieces: number): (call: FakeCall) => FakeReply {
  const total = pieces * piece.length;
  return (call) => {
    const from = Number(/^bytes=(\d+)-$/.exec(call.headers.range ?? "")?.[1] ?? 0);
    const stream = function* (): Generator<Buffer> {
      for (let start = from; start < total; start += piece.length - (start % piece.length)) yield piece.subarray(start % piece.length);
    };
    const range: Readonly<Record<string, string>> = from === 0 ? {} : { "content-range": `bytes ${from}-${total - 1}/${total}` };
    return { status: from === 0 ? 200 : 206, headers: { etag: '"large"', "content-length": String(total - from), ...range }, stream };
  };
}

function hashOfPieces(count: number): string {
  const hash = createHash("sha256");
  for (let index = 0; index < count; index += 1) hash.update(piece);
  return hash.digest("hex");
}

describe("downloads of other processes", () => {
  // Repeated, for now and then the collector lets up to 64 MB of what a socket read lie before it runs.
  it("keep their memory flat over 200 MB", { timeout: 60_000, retry: 2 }, async () => {
    const pieces = 800;
    api.on("GET /large").reply(large(pieces));
    const outcome = await run("/large", hashOfPieces(pieces)).outcome;
    expect(outcome).toMatchObject({ sizeBytes: pieces * piece.length, resumedBytes: 0 });
    expect(outcome.growth).toBeLessThan(60_000_000);
  });

  it("give the disk back when there is no room, and say so", { timeout: 60_000 }, async () => {
    api.on("GET /large").reply(large(8));
    expect(await run("/large", "", "ulimit -f 2000;").outcome).toEqual({
      error: expect.stringMatching(/^GET http.*: cannot write .*\/f: it is larger than a file may be here$/),
    });
    expect([api.calls.length, await readdir(directory)]).toEqual([2, []]);
  });

  it("that were killed are gone on with", { timeout: 60_000 }, async () => {
    const pieces = 40;
    let isFirst = true;
    api.on("GET /large").reply((call) => {
      const right = large(pieces)(call);
      if (!isFirst) return right;
      isFirst = false;
      return {
        ...right,
        stream: async function* () {
          yield piece;
          yield piece;
          await new Promise<void>((resolve) => setTimeout(resolve, 60_000).unref());
        },
      };
    });
    const { child, outcome } = run("/large");
    await expect
      .poll(async () => (await stat(join(directory, "f.part")).catch(() => ({ size: 0 }))).size, { timeout: 20_000 })
      .toBe(2 * piece.length);
    child.kill("SIGKILL");
    expect(await outcome).toEqual({});
    expect((await readdir(directory)).sort()).toEqual(["f.part", "f.part.json", "f.part.lock"]);
    expect(await run("/large", hashOfPieces(pieces)).outcome).toMatchObject({
      sizeBytes: pieces * piece.length,
      resumedBytes: 2 * piece.length,
    });
    expect(await readdir(directory)).toEqual(["f"]);
  });

  it("to one file: one does it, and the others say who", { timeout: 60_000 }, async () => {
    const pieces = 20;
    let arrived = 0;
    let release: () => void = () => undefined;
    const othersGone = new Promise<void>((resolve) => {
      release = resolve;
    });
    api.on("GET /large").reply(async (call) => {
      arrived += 1;
      await othersGone;
      return large(pieces)(call);
    });
    const runs = Array.from({ length: 3 }, () => run("/large", hashOfPieces(pieces)));
    let ended = 0;
    const outcomes = Promise.all(
      runs.map(async ({ outcome }) => {
        const result = await outcome;
        ended += 1;
        if (ended === 2) release();
        return result;
      }),
    );
    const all = await outcomes;
    expect(all.filter(({ error }) => error === undefined)).toHaveLength(1);
    for (const { error } of all.filter((each) => each.error !== undefined))
      expect(error).toMatch(/process \d+ on .* is downloading to the same file/);
    expect([arrived, await readdir(directory)]).toEqual([1, ["f"]]);
    expect(
      createHash("sha256")
        .update(await readFile(join(directory, "f")))
        .digest("hex"),
    ).toBe(hashOfPieces(pieces));
  });
});
