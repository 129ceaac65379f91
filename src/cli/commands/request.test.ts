import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo, type MemoryIo, type MemoryIoOptions } from "../../../test/cases/memory-io.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

// What a case file says as well stands in test/cases/request; here is what it cannot say.
describe("a request", () => {
  let server: FakeServer;
  let directory: string;
  beforeEach(async () => {
    server = await fakeServer();
    directory = await mkdtemp(join(tmpdir(), "errand-request-"));
  });
  afterEach(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  async function run(argv: readonly string[], options: MemoryIoOptions = {}): Promise<{ code: number; io: MemoryIo }> {
    const io = memoryIo({ cwd: directory, ...options });
    return { code: await main(argv, io), io };
  }

  it("sends files as multipart, with type and name as typed or guessed, and the fields beside them", async () => {
    server.on("POST /upload").reply();
    await writeFile(join(directory, "a.csv"), "1,2");
    await writeFile(join(directory, "b.bin"), "3");
    await run([`${server.url}/upload`, "note=hi", "n:=1", "file@a.csv", "file@b.bin;type=text/x-log;filename=c.log"]);
    const call = server.calls[0];
    expect(call?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    const parts = call
      ?.text()
      .split(/\r\n/)
      .filter((line) => /^content-|^[\w,]+$/i.test(line));
    expect(parts).toEqual([
      'Content-Disposition: form-data; name="note"',
      "hi",
      'Content-Disposition: form-data; name="n"',
      "1",
      expect.stringContaining('name="file"; filename="a.csv"'),
      "Content-Type: text/csv",
      "1,2",
      expect.stringContaining('name="file"; filename="c.log"'),
      "Content-Type: text/x-log",
      "3",
    ]);
  });

  it("goes through --proxy, and warns about a password in it without repeating it", async () => {
    server.on("*").reply({ text: "through the proxy" });
    const proxy = server.url.replace("//", "//ann:proxy-password@");
    const { code, io } = await run(["--proxy", proxy, "http://a.example/x"]);
    expect([code, io.stdoutText()]).toEqual([0, "through the proxy"]);
    expect(server.calls[0]?.headers).toMatchObject({ host: "a.example", "proxy-authorization": expect.stringMatching(/^Basic /) });
    expect(io.stderrText()).toMatch(/the password of --proxy is on the command line/);
    expect(io.stderrText()).not.toContain("proxy-password");
  });

  it("shows the call for curl, and sends nothing", async () => {
    const { code, io } = await run(["post", `${server.url}/x`, "a=1", "-a", "digest=ann:env:CAMERA_PASSWORD", "--curl"]);
    expect(code).toBe(0);
    expect(io.stdoutText()).toMatch(/^curl .*\n$/);
    expect(io.stdoutText()).toContain(`${server.url}/x`);
    expect(io.stdoutText()).toContain(`'{"a":"1"}'`);
    expect(server.calls).toEqual([]);
  });

  it("sends a file again, whole, on a retry", async () => {
    server.on("PUT /").fail(500).reply();
    await writeFile(join(directory, "body.txt"), "the body");
    expect((await run(["put", server.url, "@body.txt"])).code).toBe(0);
    expect(server.calls.map((call) => call.text())).toEqual(["the body", "the body"]);
  });

  it("does not touch stdin for a bare URL, for fields, or for another method", async () => {
    server.on("*").reply();
    for (const words of [[server.url], ["post", server.url, "a=1"], ["delete", server.url], ["put", server.url, "@-"]]) {
      const { io } = await run(words, { stdin: "in" });
      expect(io.stdinWasRead).toBe(words.includes("@-"));
    }
  });

  it("reads stdin that is a terminal only when told to, and says so", async () => {
    server.on("*").reply();
    expect((await run(["post", server.url], { terminal: ["stdin"] })).io.stdinWasRead).toBe(false);
    const asked = await run(["post", server.url, "@-"], { terminal: ["stdin"] });
    expect(asked.io.stdinWasRead).toBe(true);
    expect(asked.io.stderrText()).toContain("Ctrl-D ends it");
  });

  it("leaves no partial file behind, and writes into devices instead of replacing them", async () => {
    server.on("GET /cut").reply({ text: "0123456789", cutAfterBytes: 5 });
    server.on("GET /whole").reply({ text: "whole" });
    expect((await run(["-o", "out", `${server.url}/cut`])).code).toBe(8);
    expect(await readdir(directory)).toEqual([]);
    expect((await run(["-o", "/dev/null", `${server.url}/whole`])).code).toBe(0);
    await writeFile(join(directory, "out"), "old");
    expect((await run(["-o", "out", `${server.url}/whole`])).code).toBe(0);
    expect(await readFile(join(directory, "out"), "utf8")).toBe("whole");
    expect((await run(["-o", ".", `${server.url}/whole`])).io.stderrText()).toContain(
      "-o . is a directory".replace(" . ", ` ${directory} `),
    );
    expect((await run(["-o", "none/out", `${server.url}/whole`])).io.stderrText()).toContain("ENOENT");
  });

  it("tells of a body that breaks off, after what came of it was passed on", async () => {
    server.on("GET /cut").reply({ text: "0123456789", cutAfterBytes: 5 });
    const { code, io } = await run([`${server.url}/cut`]);
    expect({ code, stdout: io.stdoutText() }).toEqual({ code: 8, stdout: "01234" });
    expect(io.stderrText()).toContain("ERR_BODY_TRUNCATED");
    expect((await run(["-q", `${server.url}/cut`])).code).toBe(8);
  });

  it("ends when it is interrupted while the body comes in", async () => {
    server.on("GET /endless").reply({ stream: () => slowly() });
    const io = memoryIo({ cwd: directory });
    const running = main([`${server.url}/endless`], io);
    while (io.stdoutText() === "") await new Promise((resolve) => setTimeout(resolve, 2));
    io.interrupt();
    expect(await running).toBe(130);
    expect(io.stderrText()).toBe("errand: interrupted\n");
  });

  it("tells with -v of every hop and attempt", async () => {
    server.on("GET /a").redirect("/b");
    server.on("GET /b").fail(500).reply({ text: "end" });
    const { io } = await run(["-v", `${server.url}/a`]);
    const story = io.stderrText().match(/^(GET \S+|HTTP .+|attempt \d( of 3)?: \d+)/gm);
    expect(story).toEqual([
      `GET ${server.url}/a`,
      "HTTP 302 Found",
      `GET ${server.url}/b`,
      "HTTP 500 Internal Server Error",
      "attempt 1 of 3: 500",
      expect.stringMatching(/^GET /),
      expect.anything(),
      ...["attempt 1: 500", "attempt 2: 200"].map((line) => (story?.includes(line) === true ? line : expect.anything())),
    ]);
  });
});

async function* slowly(): AsyncGenerator<string> {
  for (;;) {
    yield "line\n";
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
