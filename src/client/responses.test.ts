import { inspect } from "node:util";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { DecodeError, HTTPError, RequestError, ValidationError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import type { StandardSchema } from "./standard-schema.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

describe("framing of responses", () => {
  it.each<[string, string, string]>([
    ["two different Content-Lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhello12", "ERR_MALFORMED_RESPONSE"],
    ["two lengths in one header", "HTTP/1.1 200 OK\r\ncontent-length: 5, 6\r\n\r\nhello", "ERR_MALFORMED_RESPONSE"],
    [
      "Content-Length with chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "ERR_MALFORMED_RESPONSE",
    ],
    ["a negative length", "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello", "ERR_MALFORMED_RESPONSE"],
    ["a bad chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n", "ERR_MALFORMED_RESPONSE"],
    ["line feeds alone", "HTTP/1.1 200 OK\ncontent-length: 5\n\nhello", "ERR_MALFORMED_RESPONSE"],
    ["a blank in a header's name", "HTTP/1.1 200 OK\r\nx y: 1\r\ncontent-length: 5\r\n\r\nhello", "ERR_MALFORMED_RESPONSE"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: v\r\ncontent-length: 5\r\n\r\nhello", "ERR_MALFORMED_RESPONSE"],
    ["a bad status line", "HTTP/1.1 Omg What Is This?\r\n\r\n", "ERR_MALFORMED_RESPONSE"],
    ["a status below 100", "HTTP/1.1 099 Low\r\ncontent-length: 5\r\n\r\nhello", "ERR_MALFORMED_RESPONSE"],
    ["HTTP/0.9", "hello", "ERR_MALFORMED_RESPONSE"],
    ["an upgrade nobody asked for", "HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", "ERR_MALFORMED_RESPONSE"],
    ["100,000 headers", `HTTP/1.1 200 OK\r\n${"x: a\r\n".repeat(100_000)}\r\n`, "ERR_MALFORMED_RESPONSE"],
    ["a header of 100 kB", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}\r\n\r\n`, "ERR_MALFORMED_RESPONSE"],
    ["less than the Content-Length", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", "ERR_BODY_TRUNCATED"],
    ["chunks without an end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "ERR_BODY_TRUNCATED"],
    ["a chunk cut short", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", "ERR_BODY_TRUNCATED"],
    [
      "a chunk cut short by a connection that was to close",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
      "ERR_BODY_TRUNCATED",
    ],
    ["half a head", "HTTP/1.1 200 OK\r\nx: 1\r\n", "ERR_CONNECTION_CLOSED"],
  ])("%s is an error, buffered and streamed", async (_name, answer, code) => {
    const wire = await raw(({ socket }) => void socket.end(answer));
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ name: "ConnectionError", code });
    expect(await failureOf(session.get(wire.url, { stream: true }).then((response) => response.text()))).toMatchObject({ code });
  });

  it.each<[string, string, string]>([
    ["chunk extensions", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n", "hello"],
    ["trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n", "hello"],
    ["no reason phrase", "HTTP/1.1 200 \r\ncontent-length: 5\r\n\r\nhello", "hello"],
    ["a reason phrase that is not ASCII", "HTTP/1.1 200 Prima \u00fc\r\ncontent-length: 5\r\n\r\nhello", "hello"],
    ["status 999", "HTTP/1.1 999 High\r\ncontent-length: 5\r\n\r\nhello", "hello"],
    [
      "headers named like members of every object",
      "HTTP/1.1 200 OK\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\ncontent-length: 5\r\n\r\nhello",
      "hello",
    ],
  ])("%s are read", async (_name, answer, text) => {
    const wire = await raw(({ socket }) => void socket.write(answer));
    const { session } = testSession({ retry: false });
    const response = await session.get(wire.url);
    expect(response.text()).toBe(text);
    expect([response.header("toString"), response.headers.get("__proto__")]).toEqual([undefined, response.header("__proto__") ?? null]);
  });

  it("HEAD, 204 and 304 have no body whatever their headers say, and the connection stays in step", async () => {
    const wire = await raw(({ socket, index }) => {
      const status = ["200 OK", "204 No Content", "304 Not Modified", "200 OK"][index];
      socket.write(
        `HTTP/1.1 ${status}\r\ncontent-length: ${index === 3 ? 2 : 22}\r\ncontent-encoding: ${index === 3 ? "identity" : "gzip"}\r\n\r\n${index === 3 ? "ok" : ""}`,
      );
    });
    const { session } = testSession({ retry: false, timeout: "500ms" });
    expect((await session.head(wire.url)).text()).toBe("");
    expect((await session.get(wire.url)).text()).toBe("");
    expect((await session.get(wire.url)).text()).toBe("");
    expect((await session.get(wire.url)).text()).toBe("ok");
  });

  it("says when the port speaks TLS", async () => {
    const wire = await raw(({ socket }) => void socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 40])));
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(wire.url))).toMatchObject({
      message: expect.stringMatching(/the port speaks TLS, not plain HTTP$/),
      hint: "Use https:// for this port.",
    });
  });
});

describe("content coding", () => {
  const text = "compressed ".repeat(100);
  const coded = (encoding: string, body: Uint8Array): void =>
    void api.on("GET /").reply({ body, headers: { "content-encoding": encoding } });

  it.each<[string, Uint8Array]>([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["gzip", Buffer.concat([gzipSync(text.slice(0, 50)), gzipSync(text.slice(50))])],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
    ["deflate, gzip", gzipSync(deflateSync(text))],
    ["br, identity", brotliCompressSync(text)],
    ["unknown", Buffer.from(text)],
  ])("%s is undone, buffered and streamed", async (encoding, body) => {
    coded(encoding, body);
    const { session } = testSession();
    expect((await session.get(api.url)).text()).toBe(text);
    expect(await (await session.get(api.url, { stream: true })).text()).toBe(text);
    expect(api.calls[0]?.headers["accept-encoding"]).toBe("gzip, deflate, br, zstd");
  });

  it.each(["gzip", "deflate", "br", "zstd"])("an empty body with %s is an empty body", async (encoding) => {
    coded(encoding, Buffer.alloc(0));
    const { session } = testSession();
    expect((await session.get(api.url)).text()).toBe("");
  });

  it("cut short with a matching Content-Length is an error, and repeated", async () => {
    const cut = gzipSync(text).subarray(0, -10);
    api
      .on("GET /")
      .reply({ body: cut, headers: { "content-encoding": "gzip" } }, { times: 2 })
      .reply({ body: gzipSync(text), headers: { "content-encoding": "gzip" } });
    const { session } = testSession();
    expect(await failureOf(session.get(api.url, { retry: false }))).toMatchObject({ name: "DecodeError", code: "ERR_BODY_TRUNCATED" });
    const response = await session.get(api.url);
    expect([response.text(), response.attempts[0]?.error?.code]).toEqual([text, "ERR_BODY_TRUNCATED"]);
  });

  it("that is none, or in six layers, is an error that names the request", async () => {
    const { session } = testSession();
    for (const encoding of ["gzip", "br", "zstd", "deflate"]) {
      coded(encoding, Buffer.alloc(12, 0xff));
      const error = (await failureOf(session.get(api.url))) as DecodeError;
      expect([error.code, error.message.startsWith(`GET ${api.url}/: `), error.attempts.length]).toEqual(["ERR_DECODE", true, 1]);
    }
    coded("gzip, gzip, gzip, gzip, gzip, gzip", gzipSync("x"));
    expect(await failureOf(session.get(api.url))).toMatchObject({ code: "ERR_DECODE" });
  });
});

describe("maxResponseSize", () => {
  const bomb = gzipSync(Buffer.alloc(2_000_000));

  it("counts decoded bytes", async () => {
    api.on("GET /").reply({ body: bomb, headers: { "content-encoding": "gzip" } });
    const { session } = testSession({ maxResponseSize: 1_000_000 });
    expect(await failureOf(session.get(api.url))).toMatchObject({
      name: "ResponseTooLargeError",
      code: "ERR_RESPONSE_TOO_LARGE",
      limitBytes: 1_000_000,
    });
    expect(await failureOf((await session.get(api.url, { stream: true })).text())).toMatchObject({ code: "ERR_RESPONSE_TOO_LARGE" });
    expect((await session.get(api.url, { maxResponseSize: 2_000_000 })).bytes()).toHaveLength(2_000_000);
    expect(api.calls).toHaveLength(3);
  });

  it("stops reading an endless body, of error answers and redirects too", async () => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n");
      const timer = setInterval(() => socket.write(`4000\r\n${"x".repeat(16_384)}\r\n`), 1);
      socket.on("close", () => clearInterval(timer));
    });
    const { session } = testSession({ maxResponseSize: 100_000 });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_RESPONSE_TOO_LARGE" });
  });

  it("of 0 allows an empty body, and wrong ones are refused", async () => {
    api.on("GET /").reply();
    const { session } = testSession();
    expect((await session.get(api.url, { maxResponseSize: 0 })).text()).toBe("");
    for (const size of [-1, 1.5, Number.NaN, "1"])
      expect(await failureOf(session.get(api.url, { maxResponseSize: size as number }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });
});

describe("readers", () => {
  it("give text by BOM, charset, then UTF-8, and JSON as UTF-8", async () => {
    const bodies: [Buffer, string, string][] = [
      [Buffer.from("gr\u00fc\u00dfe", "latin1"), "text/plain; charset=iso-8859-1", "grüße"],
      [Buffer.from("grüße"), "text/plain", "grüße"],
      [Buffer.from("\ufeffgrüße"), "text/plain; charset=iso-8859-1", "grüße"],
    ];
    const { session } = testSession();
    for (const [body, type, text] of bodies) {
      api.on("GET /").reply({ body, headers: { "content-type": type } });
      expect((await session.get(api.url)).text()).toBe(text);
      expect(await (await session.get(api.url, { stream: true })).text()).toBe(text);
    }
    api.on("GET /").reply({ body: Buffer.from('\ufeff{"__proto__":{"x":1},"id":9007199254740993}') });
    const response = await session.get(api.url);
    expect(response.json({ bigint: true })).toEqual(
      JSON.parse('{"__proto__":{"x":1}}', (key, value: unknown) =>
        key === "" ? Object.assign(value as object, { id: 9007199254740993n }) : value,
      ),
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it("fail on an unknown charset, an empty body and HTML with the request's name, and never with the body's text", async () => {
    api.on("GET /charset").reply({ text: "x", headers: { "content-type": "text/plain; charset=klingon" } });
    api.on("GET /empty").reply();
    api.on("GET /html").reply({ body: Buffer.from("<html>login secret</html>"), headers: { "content-type": "text/html" } });
    const { session } = testSession();
    expect(await failureOf(session.get(`${api.url}/charset`).text())).toMatchObject({
      code: "ERR_DECODE",
      request: { url: `${api.url}/charset` },
    });
    const empty = (await failureOf(session.get(`${api.url}/empty`).json())) as Error;
    expect(empty.message).toBe(`GET ${api.url}/empty: the body is empty where JSON was expected (status 200, no content type, 0 bytes)`);
    const html = (await failureOf(session.get(`${api.url}/html`).json())) as DecodeError;
    expect([html.message.includes("login"), html.snippet]).toEqual([false, "<html>login secret</html>"]);
  });

  it("validate with a Standard Schema, at once or later", async () => {
    api.on("GET /").reply({ json: { id: "7" } });
    const check = (value: unknown): { value: { id: number } } | { issues: { message: string; path: (string | { key: string })[] }[] } => {
      const id = (value as { id: unknown }).id;
      return typeof id === "number"
        ? { value: { id } }
        : {
            issues: [
              { message: "not a number", path: ["user", { key: "id" }] },
              { message: "another", path: [] },
            ],
          };
    };
    const schema: StandardSchema<{ id: number }> = { "~standard": { version: 1, vendor: "test", validate: check } };
    const slow: StandardSchema<{ id: number }> = { "~standard": { version: 1, vendor: "test", validate: async (value) => check(value) } };
    const { session } = testSession();
    const error = (await failureOf(session.get(api.url).json(schema))) as ValidationError;
    expect([error.code, error.issues, error.message]).toEqual([
      "ERR_VALIDATION",
      [
        { message: "not a number", path: ["user", "id"] },
        { message: "another", path: [] },
      ],
      `GET ${api.url}/: the response does not fit the schema: $.user.id: not a number, and 1 more`,
    ]);
    expect(await failureOf(session.get(api.url).json(slow))).toMatchObject({ code: "ERR_VALIDATION" });
    api.on("GET /").reply({ json: { id: 7 } });
    expect(await session.get(api.url).json(slow)).toEqual({ id: 7 });
    const response = await session.get(api.url);
    expect(response.json(schema)).toEqual({ id: 7 });
    expect(() => response.json(slow)).toThrow(/this schema validates asynchronously/);
    expect(await (await session.get(api.url, { stream: true })).json(slow)).toEqual({ id: 7 });
  });

  it("raise for 400 and above in the shortcuts, with the problem's words, and not for what was awaited", async () => {
    api.on("GET /").reply({
      status: 422,
      body: Buffer.from('{"title":"Bad name","detail":"too short"}'),
      headers: { "content-type": "application/problem+json" },
    });
    const { session } = testSession();
    const error = (await failureOf(session.get(api.url).json())) as HTTPError;
    expect([error.code, error.status, error.response.status]).toEqual(["ERR_HTTP_STATUS", 422, 422]);
    expect(error.message).toBe(`GET ${api.url}/ answered 422 Unprocessable Entity: Bad name: too short`);
    const response = await session.get(api.url);
    expect([response.ok, response.problem?.title, () => response.raiseForStatus()]).toEqual([false, "Bad name", expect.any(Function)]);
    for (const shortcut of ["text", "bytes"] as const)
      expect(await failureOf(session.get(api.url)[shortcut]())).toMatchObject({ status: 422 });
    const stream = await session.get(api.url, { stream: true });
    expect(await failureOf(stream.raiseForStatus())).toMatchObject({ status: 422, message: expect.stringContaining("Bad name") });
    api.on("GET /").reply({ status: 200 });
    const fine = await session.get(api.url);
    expect(fine.raiseForStatus()).toBe(fine);
  });

  it("give status, reason, headers, links, limits, timings and the final URL", async () => {
    api.on("GET /").reply({
      status: 201,
      headers: {
        "Set-Cookie": ["a=1", "b=2"],
        Link: '</2>; rel="next"',
        "RateLimit-Limit": "10",
        "RateLimit-Remaining": "3",
        "RateLimit-Reset": "5",
      },
    });
    const { session } = testSession();
    const response = await session.get(`${api.url}/?q=1`);
    expect([response.status, response.statusText, response.ok, response.url]).toEqual([201, "Created", true, `${api.url}/?q=1`]);
    expect([response.header("SET-COOKIE"), response.headers.getSetCookie(), response.header("none")]).toEqual([
      "a=1, b=2",
      ["a=1", "b=2"],
      undefined,
    ]);
    expect([response.links["next"]?.url, response.rateLimit?.remaining]).toEqual(["/2", 3]);
    expect(response.rawHeaders.some(([name]) => name === "link")).toBe(true);
    expect(response.timings.totalMs).toBeGreaterThan(0);
    expect([JSON.stringify(response), inspect(response)]).toEqual([
      `{"status":201,"request":{"method":"GET","url":"${api.url}/?q=1"}}`,
      `ErrandResponse {\n  status: 201,\n  request: { method: 'GET', url: '${api.url}/?q=1' }\n}`,
    ]);
    const failed = (await failureOf(session.get("http://127.0.0.1:1/", { retry: false }))) as RequestError;
    expect("response" in failed).toBe(false);
  });

  it("return headers in the server's order", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", "", { "X-C": "1", "x-a": "2", "X-b": "3" })));
    const { session } = testSession();
    expect((await session.get(wire.url)).rawHeaders.map(([name]) => name)).toEqual(["content-length", "X-C", "x-a", "X-b"]);
  });
});
