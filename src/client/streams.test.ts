import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { StreamResponse } from "./stream-response.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe("a streamed response", () => {
  it("is there with its headers, before its body", async () => {
    let finish: () => void = () => undefined;
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 4\r\n\r\n");
      finish = () => void socket.write("done");
    });
    const { session } = testSession();
    const response = await session.get(wire.url, { stream: true });
    expect(response).toBeInstanceOf(StreamResponse);
    expect([response.status, response.header("x-a"), response.attempts.length, response.explain()]).toEqual([
      200,
      "1",
      1,
      expect.stringMatching(/^1 attempt in/),
    ]);
    finish();
    expect(await response.text()).toBe("done");
  });

  it("gives lines in the server's charset, and NDJSON with the line of an error", async () => {
    api
      .on("GET /lines")
      .reply({ body: Buffer.from("gr\u00fcn\r\nblau\n", "latin1"), headers: { "content-type": "text/plain; charset=latin1" } });
    api.on("GET /ndjson").reply({ stream: ['{"a":1}\n{"a"', ":2}\n\n", "not json token=abcdefgh12345678\n"] });
    const { session } = testSession();
    expect(await collect((await session.get(`${api.url}/lines`, { stream: true })).lines())).toEqual(["grün", "blau"]);
    const seen: unknown[] = [];
    const error = await failureOf(
      (async () => {
        for await (const value of (await session.get(`${api.url}/ndjson`, { stream: true })).ndjson<{ a: number }>()) seen.push(value.a);
      })(),
    );
    expect(seen).toEqual([1, 2]);
    expect(error).toMatchObject({
      code: "ERR_DECODE",
      message: expect.stringMatching(/^GET http.*: line 4 of the stream is not JSON/),
      snippet: expect.not.stringContaining("abcdefgh12345678"),
    });
  });

  it("can be read once, and not after close()", async () => {
    api.on("GET /").reply({ text: "once" });
    const { session } = testSession();
    const response = await session.get(api.url, { stream: true });
    expect(await response.text()).toBe("once");
    expect(await failureOf(response.text())).toMatchObject({ code: "ERR_BODY_ALREADY_READ" });
    const closed = await session.get(api.url, { stream: true });
    await closed.close();
    await closed.close();
    expect(() => closed.lines()).toThrow(/already read or closed/);
    const disposed = await session.get(api.url, { stream: true });
    await disposed[Symbol.asyncDispose]();
    expect(await failureOf(disposed.bytes())).toMatchObject({ code: "ERR_BODY_ALREADY_READ" });
  });

  it("ends its exchange when the loop is left, compressed or not, and the session goes on", async () => {
    const large = gzipSync(Buffer.from(Array.from({ length: 200_000 }, (_, n) => `line ${n}\n`).join("")));
    api.on("GET /gzip").reply({ body: large, headers: { "content-encoding": "gzip" } });
    api.on("GET /endless").reply({
      stream: async function* () {
        for (;;) {
          yield "x".repeat(1000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    });
    const { session } = testSession({ maxConnections: 1, timeout: "1s" });
    for (const path of ["/gzip", "/endless", "/gzip"]) {
      for await (const chunk of (await session.get(api.url + path, { stream: true })).body) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
    }
    api.on("GET /").reply({ text: "ok" });
    expect((await session.get(api.url)).text()).toBe("ok");
  });

  it("keeps its connection for the next call once it is read", async () => {
    api.on("GET /").reply({ text: "x".repeat(100_000) });
    const { session } = testSession();
    for (let i = 0; i < 3; i += 1) expect(await (await session.get(api.url, { stream: true })).bytes()).toHaveLength(100_000);
    expect(api.connections).toBe(1);
  });

  it("fails in the loop, after what had arrived, when the connection breaks", async () => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
      setTimeout(() => socket.destroy(), 10);
    });
    const { session } = testSession();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of (await session.get(wire.url, { stream: true })).body) seen.push(Buffer.from(chunk).toString());
    })();
    expect(await failureOf(reading)).toMatchObject({ name: "ConnectionError", code: "ERR_BODY_TRUNCATED" });
    expect(seen).toEqual(["half"]);
  });

  it("is retried up to its headers, on the same connection where the failed answer is small", async () => {
    api.on("GET /").fail(503, { times: 2 }).reply({ text: "ok" });
    const { session } = testSession();
    const response = await session.get(api.url, { stream: true });
    expect([await response.text(), response.attempts.length, api.connections]).toEqual(["ok", 3, 1]);
  });

  it("is retried whatever the failed answer's body does", async () => {
    const wire = await raw(({ index, socket }) => {
      if (index === 0) socket.write(`HTTP/1.1 503 Busy\r\ncontent-length: 10\r\n\r\nhal`);
      else if (index === 1) socket.end(`HTTP/1.1 503 Busy\r\ncontent-length: 10\r\n\r\nhal`);
      else if (index === 2) socket.write(`HTTP/1.1 503 Busy\r\ncontent-length: 900000\r\n\r\nhal`);
      else socket.write(reply("200 OK", "ok"));
    });
    const { session } = testSession({ retry: { attempts: 4 } });
    const startedAt = performance.now();
    expect(await (await session.get(wire.url, { stream: true })).text()).toBe("ok");
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it("reads a large body in bounded pieces", async () => {
    const body = Buffer.alloc(5_000_000, "abcdefghij");
    api.on("GET /").reply({ body });
    const { session } = testSession();
    let largest = 0;
    const all: Uint8Array[] = [];
    for await (const chunk of (await session.get(api.url, { stream: true })).body) {
      largest = Math.max(largest, chunk.byteLength);
      all.push(chunk);
    }
    expect(Buffer.concat(all).equals(body)).toBe(true);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
  });

  it("refuses a fallback, and HEAD has none", async () => {
    const { session } = testSession();
    expect(await failureOf(session.get(api.url, { stream: true, fallback: 1 }))).toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: "fallback cannot stand in for a stream",
    });
    api.on("POST /").reply({ status: 404, text: "no" });
    const missing = await session.post(api.url, { stream: true });
    expect([missing.status, await missing.text()]).toEqual([404, "no"]);
  });
});
