import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo, type MemoryIo, type MemoryIoOptions } from "../../../test/cases/memory-io.ts";
import { rawServer } from "../../../test/raw-server.ts";
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

  it("passes events on as they arrive, on a terminal and in a pipe, before the answer ends", async () => {
    for (const terminal of [["stdout"], []] as const) {
      let see: () => void = () => {};
      const seen = new Promise<void>((resolve) => {
        see = resolve;
      });
      server.on("GET /events").reply({ headers: { "content-type": "text/event-stream" }, stream: () => twoEvents(seen) });
      const io = memoryIo({ cwd: directory, terminal });
      const running = main(["-b", `${server.url}/events`], io);
      // The second event is sent only after the first was seen: a buffered one would hang here.
      while (!io.stdoutText().includes("data: 1")) await new Promise((resolve) => setTimeout(resolve, 2));
      expect(io.stdoutText()).toBe("data: 1\n\n");
      see();
      expect(await running).toBe(0);
      expect(io.stdoutText()).toBe("data: 1\n\ndata: 2\n\n");
    }
  });

  it("shows the reason phrase and header values as the server sent them", async () => {
    const head = "HTTP/1.1 200 Everything Is Fine\r\nX-Latin: caf\xe9\r\nX-Utf8: caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n";
    const raw = await rawServer(({ socket }) => void socket.write(Buffer.from(head, "latin1")));
    const { io } = await run(["-h", raw.url]);
    await raw.close();
    expect(io.stdoutText()).toBe("HTTP 200 Everything Is Fine\nX-Latin: café\nX-Utf8: cafÃ© (UTF-8: café)\nContent-Length: 0\n");
  });

  it("sends with -x what it compressed, a stream from stdin too", async () => {
    server.on("POST /").reply();
    const text = "a line of text\n".repeat(100_000);
    await run(["post", server.url, "-x", "Content-Type:text/plain"], { stdin: text });
    await run(["post", server.url, "-x", "--raw", text.slice(0, 1_500)]);
    for (const [index, sent] of [text, text.slice(0, 1_500)].entries()) {
      const call = server.calls[index];
      expect(call?.headers["content-encoding"]).toBe("gzip");
      expect(gunzipSync(call?.bytes() ?? Buffer.alloc(0)).toString()).toBe(sent);
    }
  });

  it("writes a HAR file for its owner alone, without credentials, also of what failed", async () => {
    server.on("GET /a").redirect("/b");
    server.on("GET /b").reply({ json: [1], headers: { "set-cookie": "sid=abcdefghijk; Path=/" } });
    await run(["--har", "a.har", `${server.url}/a?token=k-123456789&page=2`, "Authorization:Bearer s3cret-token-value"]);
    const text = await readFile(join(directory, "a.har"), "utf8");
    for (const secret of ["k-123456789", "s3cret-token-value", "abcdefghijk"]) expect(text).not.toContain(secret);
    expect((await stat(join(directory, "a.har"))).mode & 0o777).toBe(0o600);
    const { log } = JSON.parse(text) as { log: { version: string; entries: HarEntry[] } };
    expect(log.version).toBe("1.2");
    expect(log.entries.map(({ request, response }) => [request.method, request.url.replace(server.url, ""), response.status])).toEqual([
      ["GET", "/a?token=[redacted]&page=2", 302],
      ["GET", "/b", 200],
    ]);
    expect(log.entries[0]?.request.queryString).toContainEqual({ name: "page", value: "2" });
    for (const { time, timings } of log.entries) {
      expect(time).toBeCloseTo(Object.entries(timings).reduce((sum, [name, ms]) => sum + (name === "ssl" ? 0 : Math.max(0, ms)), 0));
    }
    const failed = await run(["--har", "b.har", "--attempts", "2", "http://127.0.0.1:1/"]);
    expect(failed.code).toBe(8);
    const broken = JSON.parse(await readFile(join(directory, "b.har"), "utf8")) as { log: { entries: HarEntry[] } };
    expect(broken.log.entries.map(({ response, comment }) => [response.status, comment])).toEqual([
      [0, "ERR_CONNECTION_REFUSED"],
      [0, "ERR_CONNECTION_REFUSED"],
    ]);
  });

  it("keeps a session where XDG_STATE_HOME says, for its owner alone, and uses it in the next call", async () => {
    server.on("GET /login").reply({ headers: { "set-cookie": "sid=42; Path=/" } });
    server.on("GET /cart").reply();
    const env = { XDG_STATE_HOME: join(directory, "state") };
    await run(["--session", "shop", `${server.url}/login`], { env });
    const file = join(directory, "state/errand/sessions/shop.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, "state/errand/sessions"))).mode & 0o777).toBe(0o700);
    const { io } = await run(["--session", "shop", `${server.url}/cart`], { env });
    expect(server.calls[1]?.headers.cookie).toBe("sid=42");
    expect(io.stderrText()).toBe("");
    expect(await readdir(join(directory, "state/errand/sessions"))).toEqual(["shop.json"]);
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

interface HarEntry {
  readonly request: { readonly method: string; readonly url: string; readonly queryString: readonly object[] };
  readonly response: { readonly status: number };
  readonly time: number;
  readonly timings: Readonly<Record<string, number>>;
  readonly comment?: string;
}

async function* twoEvents(seen: Promise<void>): AsyncGenerator<string> {
  yield "data: 1\n\n";
  await seen;
  yield "data: 2\n\n";
}

async function* slowly(): AsyncGenerator<string> {
  for (;;) {
    yield "line\n";
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
