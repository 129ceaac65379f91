import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headerIn, reply } from "../../test/raw-server.ts";
import { failureOf, raw, server, testSession } from "../../test/test-session.ts";
import { basic, bearer } from "../auth/index.ts";
import type { Progress } from "../body/index.ts";
import { CookieJar } from "../cookies/index.ts";
import { literalSecret, secret } from "../secrets/index.ts";
import { Session } from "./index.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-session-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function taken<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of list) all.push(item);
  return all;
}

describe("session.events()", () => {
  const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

  it("reads on over a connection that ends, after the last event, until a 204", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 2) socket.end(reply("204 No Content", "", { connection: "close" }));
      else socket.end(`${streamHead}id: ${index}\ndata: event ${index}\n\n`);
    });
    const { session, waits } = testSession({ baseUrl: wire.url, auth: bearer("token-12345678") });
    const events = await taken(session.events("/stream", { params: { topic: "a" } }));
    expect(events.map(({ data }) => data)).toEqual(["event 0", "event 1"]);
    expect(wire.heads.map((head) => headerIn(head, "last-event-id"))).toEqual([undefined, "0", "1"]);
    expect(wire.heads.map((head) => head.split(" ")[1])).toEqual(Array.from({ length: 3 }, () => "/stream?topic=a"));
    expect(headerIn(wire.heads[1] ?? "", "authorization")).toBe("Bearer token-12345678");
    expect(headerIn(wire.heads[1] ?? "", "accept")).toBe("text/event-stream");
    expect(waits).toHaveLength(2);
  });

  it("is there on a streamed response too: a GET is sent again, a POST never", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 1) socket.end(reply("204 No Content", "", { connection: "close" }));
      else socket.end(`${streamHead}data: ${index}\n\n`);
    });
    const { session } = testSession();
    const got = await session.get(wire.url, { stream: true });
    expect((await taken(got.events())).map(({ data }) => data)).toEqual(["0"]);
    expect(wire.heads).toHaveLength(2);
    const posted = await session.post(wire.url, { stream: true });
    expect((await taken(posted.events())).map(({ data }) => data)).toEqual(["2"]);
    expect(wire.heads).toHaveLength(3);
  });
});

describe("session.download()", () => {
  it("writes the file with the session's base, params and credentials, checks it and tells its progress", async () => {
    const content = Buffer.alloc(100_000, "x");
    const api = await server();
    api.on("GET /files/a.bin?v=1").reply({ body: content, headers: { etag: '"1"' } });
    const { session } = testSession({ baseUrl: `${api.url}/files`, params: { v: 1 }, auth: bearer("token-12345678") });
    const progress: Progress[] = [];
    const path = join(directory, "a.bin");
    const sha256 = createHash("sha256").update(content).digest("hex");
    const result = await session.download("/a.bin", path, { sha256, onProgress: (step) => progress.push(step) });
    expect(result).toMatchObject({ path, sizeBytes: 100_000, resumedBytes: 0 });
    expect(await readFile(path)).toEqual(content);
    expect(progress.at(-1)).toMatchObject({ receivedBytes: 100_000, fraction: 1, isDone: true });
    expect(api.calls[0]?.headers.authorization).toBe("Bearer token-12345678");
  });

  it("has codes of its own for a file in the way, another checksum and a place that cannot be written", async () => {
    const api = await server();
    api.on("GET /f").reply({ text: "content" });
    const { session } = testSession({ baseUrl: api.url });
    const path = join(directory, "f");
    expect(await failureOf(session.download("/f", path, { sha256: "0".repeat(64) }))).toMatchObject({ code: "ERR_CHECKSUM" });
    await session.download("/f", path);
    expect(await failureOf(session.download("/f", path))).toMatchObject({ code: "ERR_FILE_EXISTS" });
    expect(await failureOf(session.download("/f", join(directory, "none", "f")))).toMatchObject({ code: "ERR_FILE" });
  });
});

describe("progress and raw bytes", () => {
  it("onProgress hears of the request body and of a streamed response", async () => {
    const api = await server();
    api.on("POST /").reply({ text: "y".repeat(1000) });
    const { session } = testSession();
    const told: Progress[] = [];
    const response = await session.post(api.url, { body: "x".repeat(200_000), stream: true, onProgress: (step) => told.push(step) });
    await response.text();
    expect(told.filter((step) => step.isDone)).toMatchObject([
      { direction: "upload", sentBytes: 200_000, fraction: 1 },
      { direction: "download", receivedBytes: 1000, totalBytes: 1000 },
    ]);
    expect(api.calls[0]?.headers["content-length"]).toBe("200000");
  });

  it("decompress: false gives the bytes as they came", async () => {
    const zipped = gzipSync("text");
    const api = await server();
    api.on("GET /").reply({ body: zipped, headers: { "content-encoding": "gzip" } });
    const { session } = testSession();
    expect(Buffer.from(await (await session.get(api.url, { stream: true, decompress: false })).bytes())).toEqual(zipped);
    expect(Buffer.from(await session.get(api.url, { decompress: false }).bytes())).toEqual(zipped);
    expect(await session.get(api.url).text()).toBe("text");
  });
});

describe("cookies", () => {
  it("are kept and sent where they belong: redirects, retries, extended sessions, never another origin", async () => {
    const [api, other] = [await server(), await server()];
    api.on("GET /login").reply({ status: 302, headers: { location: "/home", "set-cookie": ["sid=1; Path=/", "admin=2; Path=/admin"] } });
    api
      .on("GET /home")
      .fail(503)
      .reply({ status: 302, headers: { location: `${other.url}/`, "set-cookie": "theme=dark" } });
    api.on("GET /again").reply();
    other.on("GET /").reply({ headers: { "set-cookie": "sid=evil" } });
    const { session } = testSession({ cookies: true });
    await session.get(`${api.url}/login`);
    const response = await session.extend({ headers: { "x-a": "1" } }).get(`${api.url}/again`, { headers: { cookie: "own=1" } });
    expect(api.calls.map(({ headers }) => headers.cookie)).toEqual([undefined, "sid=1", "sid=1", "own=1; sid=1; theme=dark"]);
    expect(other.calls.map(({ headers }) => headers.cookie)).toEqual([undefined]);
    expect(response.status).toBe(200);
    expect(session.cookies?.size).toBe(4);
  });

  it("of a caller's Secret and of the jar go together", async () => {
    const api = await server();
    api.on("GET /").reply({ headers: { "set-cookie": "jar=1" } });
    const cookies = new CookieJar();
    const { session } = testSession({ cookies, headers: { cookie: literalSecret("session=shown-nowhere", "cookie") } });
    const first = await session.get(api.url);
    expect({ ...first.cookies }).toEqual({ jar: "1" });
    await session.get(api.url);
    expect(api.calls.map(({ headers }) => headers.cookie)).toEqual(["session=shown-nowhere", "session=shown-nowhere; jar=1"]);
    expect(cookies.get("jar")).toBe("1");
  });

  it("are neither kept nor sent without the option, and belong to the root", async () => {
    const api = await server();
    api.on("GET /").reply({ headers: { "set-cookie": "sid=1" } });
    const { session } = testSession();
    await session.get(api.url);
    await session.get(api.url);
    expect(api.calls.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
    expect(() => session.extend({ cookies: true })).toThrow(/cookies cannot be changed/);
    expect(() => new Session({ cookies: JSON.parse('"yes"') })).toThrow(/cookies.*takes true or a CookieJar/);
  });
});

describe("session.paginate()", () => {
  it("follows links with the session's credentials and does not add its params to them", async () => {
    const api = await server();
    api.on("GET /v1/users?tenant=7&size=2").reply({ json: [1, 2], headers: { link: '</v1/users?after=2>; rel="next"' } });
    api.on("GET /v1/users?after=2").reply({ json: [3] });
    const { session } = testSession({ baseUrl: `${api.url}/v1`, params: { tenant: 7 }, auth: bearer("token-12345678") });
    expect(await session.paginate<number>("/users", { params: { size: 2 } }).toArray()).toEqual([1, 2, 3]);
    expect(api.calls.map(({ target }) => target)).toEqual(["/v1/users?tenant=7&size=2", "/v1/users?after=2"]);
    expect(api.calls[1]?.headers.authorization).toBe("Bearer token-12345678");
  });
});

describe("session.poll()", () => {
  it("asks a 202's Location as it is, without the session's params", async () => {
    const api = await server();
    api.on("GET /job?tenant=7").reply({ status: 202, headers: { location: "/result?id=1" } });
    api.on("GET /result?id=1").reply({ json: { done: true } });
    const { session } = testSession({ baseUrl: api.url, params: { tenant: 7 } });
    expect((await session.poll("/job")).json()).toEqual({ done: true });
  });
});

describe("session.curl()", () => {
  it("shows the call with the session's settings, secrets as references, and sends nothing", async () => {
    const api = await server();
    process.env["ERRAND_TEST_PASSWORD"] = "shown-nowhere";
    const { session } = testSession({
      baseUrl: api.url,
      auth: basic("ann", secret("env:ERRAND_TEST_PASSWORD")),
      connectTimeout: "3s",
      proxy: false,
    });
    const line = session.curl("POST", "/x", { json: { a: 1 } });
    delete process.env["ERRAND_TEST_PASSWORD"];
    expect(line).toContain(`${api.url}/x`);
    expect(line).toContain('--user "ann:$ERRAND_TEST_PASSWORD"');
    expect(line).toContain("--connect-timeout 3");
    expect(line).toContain("--noproxy '*'");
    expect(line).not.toContain("shown-nowhere");
    expect(api.calls).toEqual([]);
    expect(() => session.curl("GET", "/x", { timeout: "soon" as "1s" })).toThrow(/timeout/);
  });
});
