// The behaviours that urllib3 tests (with_dummyserver/test_chunked_transfer.py, test_connectionpool.py, test_poolmanager.py), black-box, under their upstream names.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeServer } from "../../src/playground/index.ts";
import { closedPort, headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

describe("with_dummyserver/test_chunked_transfer.py", () => {
  it("test_empty_iterable_body (errand says Content-Length: 0, which is the same message), test_removes_duplicate_host_header", async () => {
    const wire = await raw(({ socket }) => void setTimeout(() => socket.write(reply("200 OK")), 10));
    const { session } = testSession();
    await session.post(wire.url, { body: chunks(), headers: { Host: "test.org" } });
    const [exchange] = wire.exchanges;
    expect([exchange!.body(), headerIn(exchange!.head, "content-length"), headerIn(exchange!.head, "transfer-encoding")]).toEqual([
      "",
      "0",
      undefined,
    ]);
    expect([headerIn(exchange!.head, "host"), exchange!.head.match(/^host:/gim)?.length]).toEqual(["test.org", 1]);
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
    peer.api.on("POST /303").redirect("/echo", 303);
    peer.api.on("PUT /307").redirect("/echo", 307);
    const { session } = testSession();
    await session.post(`${peer.api.url}/303`, { form: { data: "x" } });
    expect([peer.last()?.method, peer.last()?.text(), peer.last()?.headers["content-type"]]).toEqual(["GET", "", undefined]);
    await session.put(`${peer.api.url}/307`, { body: "put body" });
    expect([peer.last()?.method, peer.last()?.text(), peer.api.connections]).toEqual(["PUT", "put body", 1]);
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
    await session.post(peer.api.url, { headers, json: {} });
    expect(headers).toEqual({ key: "val", "User-Agent": "Schönfelder" });
    expect(peer.last()?.rawHeaders.filter((name) => name.toLowerCase() === "user-agent")).toHaveLength(1);
    for (const method of ["GET\r\nX: y", "GET /x", "G E T"])
      expect(await failureOf(session.request(method, peer.api.url))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it("test_timeout: a call's own beats the session's, shorter or longer", async () => {
    peer.api.on("GET /slow").reply({ delayMs: 40 });
    peer.api.on("GET /silent").hang();
    const { session } = testSession({ timeout: "10ms", retry: false });
    expect((await session.get(`${peer.api.url}/slow`, { timeout: "5s" })).status).toBe(200);
    const patient = session.extend({ timeout: "1m" });
    expect(await failureOf(patient.get(`${peer.api.url}/silent`, { timeout: "10ms" }))).toMatchObject({ code: "ERR_TIMEOUT" });
  });

  it("test_timeout_float, test_total_timeout", async () => {
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
      peer.api.on("* /418").fail(418).reply();
      const { session } = testSession({ retry });
      const first = await session.put(`${peer.api.url}/418`, { body: { path } });
      expect([first.status, first.attempts.map((attempt) => attempt.status), peer.api.calls.map((call) => call.bytes().length)]).toEqual([
        200,
        [418, 200],
        [65_536, 65_536],
      ]);
      peer.api.on("* /418").fail(418).reply();
      expect((await session.options(`${peer.api.url}/418`)).attempts).toHaveLength(2);
      peer.api.on("* /500").fail(500);
      expect((await session.get(`${peer.api.url}/500`)).attempts).toHaveLength(1);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each<[string, () => string, (waitMs: number | undefined) => boolean]>([
    ["test_redirect_after: seconds", () => "1", (waitMs) => waitMs === 1000],
    [
      "test_redirect_after: a date in the future",
      () => new Date(Date.now() + 3000).toUTCString(),
      (waitMs) => waitMs !== undefined && waitMs > 900,
    ],
    [
      "test_redirect_after: a date in the past is no wait",
      () => new Date(Date.now() - 2000).toUTCString(),
      (waitMs) => waitMs === undefined,
    ],
  ])("%s", async (_title, header, isRight) => {
    peer.api.on("GET /start").reply(() => ({ status: 303, headers: { location: "/end", "retry-after": header() } }));
    const { session, waits } = testSession();
    expect([(await session.get(`${peer.api.url}/start`)).status, waits.length <= 1, isRight(waits[0])]).toEqual([200, true, true]);
  });

  it.each([429, 503])("test_retry_after: a %i is repeated after the wait it asks for, a 418 is not repeated", async (status) => {
    peer.api.on("GET /busy").fail(status, { retryAfter: 1 }).reply();
    peer.api.on("GET /teapot").fail(418, { retryAfter: 1 });
    const { session, waits } = testSession({}, { random: () => 0 });
    expect([(await session.get(`${peer.api.url}/busy`)).status, waits]).toEqual([200, [1000]]);
    expect([(await session.get(`${peer.api.url}/teapot`)).attempts.length, waits]).toEqual([1, [1000]]);
  });

  it("test_multi_redirect_history: status and Location of every hop", async () => {
    const hops = [303, 302, 301, 307, 302];
    peer.api.on("GET /hop/:n").reply(({ params }) => {
      const n = Number(params["n"]);
      return n === hops.length ? { status: 200 } : { status: hops[n]!, headers: { location: `/hop/${n + 1}` } };
    });
    const response = await testSession().session.get(`${peer.api.url}/hop/0`);
    expect(response.history.map((each) => [each.status, each.header("location")])).toEqual(
      hops.map((status, n) => [status, `/hop/${n + 1}`]),
    );
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
    peer.api.on("GET /redirect").redirect("/redirect?again");
    peer.api.on("GET /unknown").redirect("unknown://x");
    const { session } = testSession();
    await session.post(peer.api.url, { headers: { Multi: ["1", "2"] }, files: { f: new Blob(["x"]) } });
    expect(peer.last()?.headers["multi"]).toBe("1, 2");
    expect((await session.get(`${peer.api.url}/redirect`, { redirect: false })).status).toBe(302);
    expect(await failureOf(session.get(`${peer.api.url}/unknown`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
    expect(await failureOf(session.get(`${peer.api.url}/redirect`, { redirect: { max: 1 } }))).toMatchObject({
      code: "ERR_TOO_MANY_REDIRECTS",
    });
    expect(peer.api.connections).toBe(1);
  });

  it("test_redirect_cross_host_remove_headers, test_redirect_cross_host_set_removed_headers", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      peer.api.on("GET /cross").redirect(`${other.url}/`);
      const headers = Object.freeze({
        authorization: "foo-12345678",
        "Proxy-Authorization": "bar",
        Cookie: "foo=bar",
        "X-API-Secret": "foo",
        "X-Other": "kept",
      });
      const { session } = testSession({ credentialHeaders: ["X-API-Secret"] });
      await session.get(`${peer.api.url}/cross`, { headers });
      expect(
        ["authorization", "proxy-authorization", "cookie", "x-api-secret", "x-other"].map((name) => other.calls[0]?.headers[name]),
      ).toEqual([undefined, undefined, undefined, undefined, "kept"]);
    } finally {
      await other.close();
    }
  });
});
