// The behaviours that urllib3 tests, black-box, under their upstream names. Where errand decides otherwise on purpose the title says so.
import { deflateSync, gzipSync } from "node:zlib";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closedPort, headerIn, reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
  api.on("*").reply({ text: "ok" });
});
afterEach(() => api.close());

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
const last = () => api.calls.at(-1);

describe("test_response.py", () => {
  it("test_chunked_response_with_extensions, test_decode_gzip_multi_member, test_incomplete_chunk", async () => {
    const members = Buffer.concat([gzipSync("foo"), gzipSync("bar")]);
    const answers = [
      Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;foo=bar\r\nfoo\r\n3;x\r\nbar\r\n0\r\n\r\n"),
      reply("200 OK", members, { "content-encoding": "gzip" }),
      Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nfoo"),
    ];
    const wire = await raw(({ socket, head }) => void socket.end(answers[Number(/\/(\d) /.exec(head)?.[1])] ?? ""));
    const { session } = testSession({ retry: false });
    expect((await session.get(`${wire.url}/0`)).text()).toBe("foobar");
    expect((await session.get(`${wire.url}/1`)).text()).toBe("foobar");
    expect(await failureOf(session.get(`${wire.url}/2`))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
  });

  it("test_length_with_multiple_content_lengths", async () => {
    const wire = await raw(
      ({ socket, index }) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${index === 0 ? "5, 5, 5" : "5, 42"}\r\n\r\nhello`),
    );
    const { session } = testSession({ retry: false });
    expect(await session.get(wire.url).text()).toBe("hello");
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_MALFORMED_RESPONSE" });
  });

  it("test_read_multi_decoding_too_many_links, test_bad_decode", async () => {
    const { session } = testSession();
    for (const [encoding, body] of [
      ["gzip, gzip, gzip, gzip, gzip, gzip", gzipSync("x")],
      ["gzip", Buffer.from("garbage")],
      ["deflate", Buffer.from("garbage")],
    ] as const) {
      api.on("GET /").reply({ body, headers: { "content-encoding": encoding } });
      expect(await failureOf(session.get(api.url))).toMatchObject({ code: "ERR_DECODE" });
    }
  });

  it("test_memory_usage_decode_with_max_length, test_large_compressed_stream: a bomb is read in bounded pieces", async () => {
    api.on("GET /").reply({ body: deflateSync(Buffer.alloc(30_000_000)), headers: { "content-encoding": "deflate" } });
    const { session } = testSession();
    let largest = 0;
    let total = 0;
    for await (const chunk of (await session.get(api.url, { stream: true })).body) {
      largest = Math.max(largest, chunk.byteLength);
      total += chunk.byteLength;
    }
    expect([total, largest <= 1024 * 1024]).toEqual([30_000_000, true]);
  });
});

describe("test_util.py", () => {
  it.each([
    "http://google.com:foo",
    "http://::1/",
    "http://::1:80/",
    "http://google.com:-80",
    "http://google.com:65536",
    "http://google.com:\u00b2\u00b2",
    "http://a b/",
    "http://a\tb/",
    "http://a\u0000b/",
  ])("test_invalid_url, test_control_characters_in_host_raise: %j", async (url) => {
    expect(await failureOf(testSession().session.get(url))).toMatchObject({ code: "ERR_INVALID_URL" });
  });
});

describe("with_dummyserver/test_chunked_transfer.py", () => {
  it("test_empty_iterable_body, test_removes_duplicate_host_header", async () => {
    const wire = await raw(({ socket }) => void setTimeout(() => socket.write(reply("200 OK")), 10));
    const { session } = testSession();
    await session.post(wire.url, { body: chunks(), headers: { Host: "test.org" } });
    const [exchange] = wire.exchanges;
    expect([exchange!.body(), headerIn(exchange!.head, "host"), exchange!.head.match(/^host:/gim)?.length]).toEqual([
      "0\r\n\r\n",
      "test.org",
      1,
    ]);
  });

  it("test_preserve_chunked_on_redirect, test_preserve_chunked_on_retry_after, test_preserve_chunked_on_broken_connection: with a file, which can be read again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "errand-chunked-"));
    try {
      const path = join(directory, "body");
      await writeFile(path, "chunk1chunk2");
      const wire = await raw(({ socket, index }) => {
        if (index === 0) socket.write(reply("307 Temporary Redirect", "", { location: "/redirect" }));
        else if (index === 1) socket.write(reply("429 Too Many Requests", "", { "retry-after": "1" }));
        else if (index === 2) socket.end("HTTP/9.x 200 OK\r\n\r\n");
        else setTimeout(() => socket.write(reply("200 OK")), 10);
      });
      const { session } = testSession({ retry: { attempts: 4 } });
      await session.put(wire.url, { body: { path } });
      expect(wire.exchanges.map(({ head }) => headerIn(head, "content-length"))).toEqual(Array(4).fill("12"));
      expect(wire.exchanges[3]?.body()).toBe("chunk1chunk2");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("with_dummyserver/test_connectionpool.py", () => {
  it("test_303_redirect_makes_request_lose_body, test_redirect_put_file, test_pool_size_redirect", async () => {
    api.on("POST /303").redirect("/echo", 303);
    api.on("PUT /307").redirect("/echo", 307);
    const { session } = testSession();
    await session.post(`${api.url}/303`, { form: { data: "x" } });
    expect([last()?.method, last()?.text(), last()?.headers["content-type"]]).toEqual(["GET", "", undefined]);
    await session.put(`${api.url}/307`, { body: "put body" });
    expect([last()?.method, last()?.text(), api.connections]).toEqual(["PUT", "put body", 1]);
  });

  it("test_bad_connect, test_connection_error_retries, test_cleanup_on_connection_error, test_connection_refused", async () => {
    const lookup = testSession(
      { retry: { attempts: 6 } },
      { lookup: (_h, _o, done) => done(Object.assign(new Error("x"), { code: "ENOTFOUND" }), []) },
    );
    const unresolved = (await failureOf(lookup.session.get("http://badhost.invalid/"))) as RequestError;
    expect([unresolved.code, unresolved.attempts.length]).toEqual(["ERR_DNS", 6]);
    const { session } = testSession({ maxConnections: 1 });
    const port = await closedPort();
    expect(((await failureOf(session.get(`http://127.0.0.1:${port}/`))) as RequestError).attempts).toHaveLength(3);
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")), { port });
    expect((await session.get(wire.url)).status).toBe(200);
  });

  it("test_connection_count, test_keepalive, test_keepalive_close", async () => {
    const wire = await raw(({ socket, index }) => void socket.write(reply("200 OK", "", index === 2 ? { connection: "close" } : {})));
    const { session } = testSession();
    for (let i = 0; i < 3; i += 1) await session.get(wire.url);
    expect(wire.accepted).toBe(1);
    await session.get(wire.url);
    expect(wire.accepted).toBe(2);
  });

  it("test_headers_not_modified_by_request, test_invalid_method_not_allowed, test_user_agent_header_not_sent_twice", async () => {
    const { session } = testSession();
    const headers = { key: "val", "User-Agent": "Schönfelder" };
    await session.post(api.url, { headers, json: {} });
    expect(headers).toEqual({ key: "val", "User-Agent": "Schönfelder" });
    expect(last()?.rawHeaders.filter((name) => name.toLowerCase() === "user-agent")).toHaveLength(1);
    for (const method of ["GET\r\nX: y", "GET /x", "G E T"])
      expect(await failureOf(session.request(method, api.url))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it("test_timeout, test_timeout_float, test_total_timeout", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 1) socket.write(reply("200 OK"));
    });
    const { session } = testSession({ timeout: "30ms", retry: false });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect((await session.get(wire.url)).status).toBe(200);
    const startedAt = performance.now();
    expect(await failureOf(session.get(wire.url, { timeout: "3s", deadline: "20ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it("test_retries_put_filehandle, test_default_method_forcelist_retried, test_retries_wrong_forcelist, test_retry_return_in_response, test_retry_reuse_safe", async () => {
    const directory = await mkdtemp(join(tmpdir(), "errand-retry-"));
    try {
      const path = join(directory, "64k");
      await writeFile(path, Buffer.alloc(64 * 1024, 1));
      const retry = Object.freeze({ attempts: 2, statuses: [418] });
      api.on("* /418").fail(418).reply();
      const { session } = testSession({ retry });
      const first = await session.put(`${api.url}/418`, { body: { path } });
      expect([first.status, first.attempts.map((attempt) => attempt.status), api.calls.map((call) => call.bytes().length)]).toEqual([
        200,
        [418, 200],
        [65_536, 65_536],
      ]);
      api.on("* /418").fail(418).reply();
      expect((await session.options(`${api.url}/418`)).attempts).toHaveLength(2);
      api.on("* /500").fail(500);
      expect((await session.get(`${api.url}/500`)).attempts).toHaveLength(1);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("test_multi_redirect_history, test_redirect_after, test_retry_after", async () => {
    const hops = [303, 302, 301, 307, 302];
    api.on("GET /hop/:n").reply(({ params }) => {
      const n = Number(params["n"]);
      return n === hops.length
        ? { status: 200 }
        : { status: hops[n]!, headers: { location: `/hop/${n + 1}`, ...(n === 0 ? { "retry-after": "1" } : {}) } };
    });
    const { session, waits } = testSession();
    const response = await session.get(`${api.url}/hop/0`);
    expect([response.history.map((each) => each.status), response.history.map((each) => each.header("location")), waits]).toEqual([
      hops,
      [1, 2, 3, 4, 5].map((n) => `/hop/${n}`),
      [1000],
    ]);
    api.on("GET /418").fail(418, { retryAfter: 1 });
    expect((await session.get(`${api.url}/418`)).attempts).toHaveLength(1);
  });

  it("test_pool_size_retry, test_pool_size_retry_drain_fail", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 0) socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 1000\r\n\r\nshort");
      else socket.write(reply(index === 1 ? "404 Not Found" : "200 OK", "x"));
    });
    const { session } = testSession({ retry: { statuses: [404] }, maxConnections: 1 });
    const response = await session.get(wire.url, { stream: true });
    expect([response.status, response.attempts.length, await response.text()]).toEqual([200, 3, "x"]);
    expect(wire.accepted).toBe(2);
  });
});

describe("with_dummyserver/test_poolmanager.py", () => {
  it("test_headers_http_multi_header_multipart, test_raise_on_redirect, test_unknown_scheme, test_too_many_redirects", async () => {
    api.on("GET /redirect").redirect("/redirect?again");
    api.on("GET /unknown").redirect("unknown://x");
    const { session } = testSession();
    await session.post(api.url, { headers: { Multi: ["1", "2"] }, files: { f: new Blob(["x"]) } });
    expect(last()?.headers["multi"]).toBe("1, 2");
    expect((await session.get(`${api.url}/redirect`, { redirect: false })).status).toBe(302);
    expect(await failureOf(session.get(`${api.url}/unknown`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
    expect(await failureOf(session.get(`${api.url}/redirect`, { redirect: { max: 1 } }))).toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS" });
    expect(api.connections).toBe(1);
  });

  it("test_redirect_cross_host_remove_headers, test_redirect_cross_host_set_removed_headers", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      api.on("GET /cross").redirect(`${other.url}/`);
      const headers = Object.freeze({
        authorization: "foo-12345678",
        "Proxy-Authorization": "bar",
        Cookie: "foo=bar",
        "X-API-Secret": "foo",
        "X-Other": "kept",
      });
      const { session } = testSession({ credentialHeaders: ["X-API-Secret"] });
      await session.get(`${api.url}/cross`, { headers });
      expect(
        ["authorization", "proxy-authorization", "cookie", "x-api-secret", "x-other"].map((name) => other.calls[0]?.headers[name]),
      ).toEqual([undefined, undefined, undefined, undefined, "kept"]);
    } finally {
      await other.close();
    }
  });
});

describe("with_dummyserver/test_socketlevel.py", () => {
  it("test_enforce_content_length_get, test_enforce_content_length_no_body, test_chunked_head_response_does_not_hang", async () => {
    const wire = await raw(({ socket, head }) => {
      if (head.startsWith("HEAD /chunked")) socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      else socket.end("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n" + (head.startsWith("HEAD") ? "" : "hello, world"));
    });
    const { session } = testSession({ retry: false, timeout: "500ms" });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
    expect((await session.head(wire.url)).status).toBe(200);
    expect((await session.head(`${wire.url}/chunked`)).text()).toBe("");
  });

  it("test_header_without_name (errand: an error), test_bad_statusline", async () => {
    const wire = await raw(
      ({ socket, index }) =>
        void socket.end(index === 0 ? "HTTP/1.1 200 OK\r\n: Value\r\nAnother: Header\r\n\r\n" : "HTTP/1.1 Omg What Is This?\r\n\r\n"),
    );
    const { session } = testSession({ retry: false });
    for (let i = 0; i < 2; i += 1) expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_MALFORMED_RESPONSE" });
  });

  it("test_ignore_broken_pipe_errors: the early 404 is returned", async () => {
    const wire = await raw(({ socket }) => {
      socket.pause();
      socket.end(reply("404 Not Found", "", { connection: "close" }));
      setTimeout(() => socket.destroy(), 20);
    });
    const { session } = testSession();
    expect((await session.post(wire.url, { body: Buffer.alloc(4 * 1024 * 1024) })).status).toBe(404);
  });

  it("test_chunked_not_specified, test_content_length_0_by_default, test_framing_set_via_headers (errand: Transfer-Encoding is its own)", async () => {
    const { session } = testSession();
    await session.put(api.url, { body: chunks("hello") });
    expect([last()?.headers["transfer-encoding"], last()?.headers["content-length"]]).toEqual(["chunked", undefined]);
    await session.put(api.url, { body: chunks("hello"), headers: { "CONTENT-length": "5" } });
    expect([last()?.headers["transfer-encoding"], last()?.headers["content-length"], last()?.text()]).toEqual([undefined, "5", "hello"]);
    expect(await failureOf(session.put(api.url, { body: "x", headers: { "Transfer-Encoding": "chunked" } }))).toMatchObject({
      code: "ERR_INVALID_HEADER",
    });
  });

  it("test_multi_setcookie, test_request_headers_are_sent_in_the_original_order, test_response_headers_are_returned_in_the_original_order", async () => {
    const names = Array.from({ length: 16 }, (_, n) => `X-Header-${16 - n}`);
    const wire = await raw(
      ({ socket }) =>
        void socket.write(
          `HTTP/1.1 200 OK\r\n${names.map((name, n) => `${name}: ${n}\r\n`).join("")}set-cookie: foo=1\r\nset-cookie: bar=1\r\ncontent-length: 0\r\n\r\n`,
        ),
    );
    const { session } = testSession();
    const response = await session.get(wire.url, { headers: Object.fromEntries(names.map((name, n) => [name, n])) });
    expect(
      wire.heads[0]!.split("\r\n")
        .map((line) => line.split(":")[0])
        .filter((name) => name?.startsWith("X-")),
    ).toEqual(names);
    expect(response.rawHeaders.map(([name]) => name).filter((name) => name.startsWith("X-"))).toEqual(names);
    expect(response.headers.getSetCookie()).toEqual(["foo=1", "bar=1"]);
  });

  it("test_request_host_header_ignores_fqdn_dot (errand sends the name as it was written)", async () => {
    const { session } = testSession({}, { lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
    await session.get(`http://localhost.:${api.port}/`);
    expect(last()?.headers.host).toMatch(/^localhost\.?:\d+$/);
  });

  it("test_connection_closed_on_read_timeout_preload_false, test_delayed_body_read_timeout, test_read_timeout_dont_retry_method_not_in_allowlist", async () => {
    const wire = await raw(
      ({ socket, index }) =>
        void socket.write(
          index === 0
            ? "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n"
            : index === 1
              ? reply("200 OK", "fresh")
              : "",
        ),
    );
    const { session } = testSession({ timeout: "100ms" });
    const stalled = await session.get(wire.url, { stream: true, idleTimeout: "20ms" });
    expect(await failureOf(stalled.text())).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle" });
    expect((await session.get(wire.url)).text()).toBe("fresh");
    expect(wire.accepted).toBe(2);
    const post = (await failureOf(session.post(wire.url))) as RequestError;
    expect([post.code, post.attempts.length]).toEqual(["ERR_TIMEOUT", 1]);
  });

  it("test_recovery_when_server_closes_connection", async () => {
    const wire = await raw(({ socket, index }) => {
      socket.write(reply("200 OK", `Response ${index}`));
      socket.end();
    });
    const { session } = testSession({ retry: false });
    for (let i = 0; i < 2; i += 1) {
      expect((await session.get(wire.url)).text()).toBe(`Response ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});
