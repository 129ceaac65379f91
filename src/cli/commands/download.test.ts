import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo, type MemoryIo, type MemoryIoOptions } from "../../../test/cases/memory-io.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

// What a case file says as well stands in test/cases/download; here is what it cannot say.
describe("errand download", () => {
  let server: FakeServer;
  let directory: string;
  const content = Buffer.from("0123456789".repeat(1_000));
  const sha256 = createHash("sha256").update(content).digest("hex");
  beforeEach(async () => {
    server = await fakeServer();
    directory = await mkdtemp(join(tmpdir(), "errand-download-"));
  });
  afterEach(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  async function run(argv: readonly string[], options: MemoryIoOptions = {}): Promise<{ code: number; io: MemoryIo }> {
    const io = memoryIo({ cwd: directory, ...options });
    return { code: await main(["download", ...argv], io), io };
  }

  it("goes on where an earlier call broke off, and checks the whole", async () => {
    const head = { headers: { etag: '"1"', "content-length": String(content.length) } };
    server
      .on("GET /f.bin")
      .reply({ body: content, ...head, cutAfterBytes: 4_000 }, { times: 1 })
      .reply((call) => {
        const from = Number(/^bytes=(\d+)-/.exec(call.headers.range ?? "")?.[1]);
        const range = `bytes ${from}-${content.length - 1}/${content.length}`;
        return { status: 206, body: content.subarray(from), headers: { etag: '"1"', "content-range": range } };
      });
    const broken = await run([`${server.url}/f.bin`, "--attempts", "1"]);
    expect(broken.code).toBe(8);
    expect(await readdir(directory)).toEqual(expect.arrayContaining(["f.bin.part"]));
    const whole = await run([`${server.url}/f.bin`, "--sha256", sha256]);
    expect({ code: whole.code, stderr: whole.io.stderrText() }).toEqual({
      code: 0,
      stderr: `saved ${join(directory, "f.bin")} (10 kB, 4 kB of it from an earlier call)\n`,
    });
    expect(await readFile(join(directory, "f.bin"))).toEqual(content);
    expect(await readdir(directory)).toEqual(["f.bin"]);
  });

  it("draws its progress on a terminal, and leaves nothing of it behind", async () => {
    server.on("GET /f.bin").reply({ body: content });
    const { code, io } = await run([`${server.url}/f.bin`], { terminal: ["stderr"], env: { NO_COLOR: "1" } });
    expect(code).toBe(0);
    expect(io.stderrText()).toMatch(/█+ 100%  10 kB of 10 kB/);
    expect(io.stderrText()).toMatch(/\u001b\[1A\u001b\[J\u001b\[1A\nsaved \S+ \(10 kB\)\n$/);
    expect(io.stdoutText()).toBe("");
  });

  it("removes what has another checksum, whatever the answer was", async () => {
    server.on("GET /f.bin").reply({ text: "something else" });
    const { code, io } = await run([`${server.url}/f.bin`, "--sha256", sha256]);
    expect(code).toBe(1);
    expect(io.stderrText()).toContain("sha256");
    expect(await readdir(directory)).toEqual([]);
  });

  it("puts the file into a directory under the name the server gives, made harmless", async () => {
    server.on("GET /x").reply({ text: "1", headers: { "content-disposition": 'attachment; filename="../../.evil/..\\\\etc\\\\.passwd"' } });
    expect((await run([`${server.url}/x`])).code).toBe(0);
    expect(await readdir(directory)).toEqual(["passwd"]);
  });

  it("keeps the file that is there", async () => {
    server.on("GET /f.bin").reply({ text: "new" });
    await writeFile(join(directory, "f.bin"), "old");
    const kept = await run([`${server.url}/f.bin`, "-o", "f.bin"]);
    expect(kept.code).toBe(64);
    expect(await readFile(join(directory, "f.bin"), "utf8")).toBe("old");
    expect(server.calls).toEqual([]);
    expect((await run([`${server.url}/f.bin`, "-o", "f.bin", "--overwrite"])).code).toBe(0);
    expect(await readFile(join(directory, "f.bin"), "utf8")).toBe("new");
  });

  it("ends at once when it is interrupted, and keeps what there is", async () => {
    server.on("GET /f.bin").reply({ headers: { etag: '"1"' }, stream: () => slowly() });
    const io = memoryIo({ cwd: directory, terminal: ["stderr"] });
    const running = main(["download", `${server.url}/f.bin`], io);
    while (!io.stderrText().includes("bytes")) await new Promise((resolve) => setTimeout(resolve, 2));
    io.interrupt();
    expect(await running).toBe(130);
    expect(await readdir(directory)).toContain("f.bin.part");
  });
});

async function* slowly(): AsyncGenerator<string> {
  for (;;) {
    yield "line\n";
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
