// The behaviours that urllib3 tests (with_dummyserver/test_chunked_transfer.py, test_connectionpool.py), black-box, under their upstream names.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { closedPort, headerIn, reply, type RawExchange } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "errand-peers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "body.txt");
  await writeFile(path, text);
  return path;
}

describe("with_dummyserver/test_chunked_transfer.py", () => {
  it("test_empty_iterable_body: only the terminating chunk", async () => {
    const wire = await raw(({ socket }) => void setTimeout(() => socket.write(reply("200 OK")), 10));
    await testSession().session.post(wire.url, { body: chunks() });
    const [exchange] = wire.exchanges;
    const framing = ["content-length", "transfer-encoding"].map((name) => headerIn(exchange?.head ?? "", name));
    expect([exchange?.body(), framing]).toEqual(["0\r\n\r\n", [undefined, "chunked"]]);
  });

  it("test_removes_duplicate_host_header: the caller's Host is the only one", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")));
    await testSession().session.get(wire.url, { headers: { Host: "test.org" } });
    expect(wire.heads[0]?.match(/^host: .*/gim)?.map((line) => line.trim())).toEqual(["host: test.org"]);
  });

  it.each<[string, (exchange: RawExchange) => void]>([
    [
      "test_preserve_chunked_on_redirect",
      ({ socket }) => void socket.write(reply("307 Temporary Redirect", "", { location: "/redirect" })),
    ],
    ["test_preserve_chunked_on_retry_after", ({ socket }) => void socket.write(reply("429 Too Many Requests", "", { "retry-after": "1" }))],
    ["test_preserve_chunked_on_broken_connection", ({ socket }) => void socket.end("HTTP/9.x 200 OK\r\n\r\n")],
  ])("%s: a file is framed alike the second time (a stream is sent once)", async (_title, first) => {
    const path = await fileOf("chunk1chunk2");
    const wire = await raw((exchange) =>
      exchange.index === 0 ? first(exchange) : void setTimeout(() => exchange.socket.write(reply("200 OK")), 10),
    );
    expect((await testSession().session.put(wire.url, { body: { path } })).status).toBe(200);
    const framing = wire.exchanges.map(({ head }) => [headerIn(head, "content-length"), headerIn(head, "transfer-encoding")]);
    expect([framing, wire.exchanges[1]?.body()]).toEqual([
      [
        ["12", undefined],
        ["12", undefined],
      ],
      "chunk1chunk2",
    ]);
  });
});

describe("with_dummyserver/test_connectionpool.py", () => {
  it("test_303_redirect_makes_request_lose_body: the GET that follows has neither body nor Content headers", async () => {
    peer.api.on("POST /303").redirect("/echo", 303);
    await testSession().session.post(`${peer.api.url}/303`, { form: { data: "x" } });
    const headers = Object.keys(peer.last()?.headers ?? {}).filter((name) => name.startsWith("content-") || name === "transfer-encoding");
    expect([peer.last()?.method, peer.last()?.text(), headers]).toEqual(["GET", "", []]);
  });

  it("test_redirect_put_file: a 307 gets the file again, from its beginning", async () => {
    peer.api.on("PUT /307").redirect("/echo", 307);
    const path = await fileOf("put this file");
    await testSession().session.put(`${peer.api.url}/307`, { body: { path } });
    expect(peer.api.calls.map((call) => [call.method, call.path, call.text()])).toEqual([
      ["PUT", "/307", "put this file"],
      ["PUT", "/echo", "put this file"],
    ]);
  });

  it("test_pool_size_redirect: the redirect and its target share a connection", async () => {
    peer.api.on("GET /redirect").redirect("/end");
    await testSession().session.get(`${peer.api.url}/redirect`);
    expect([peer.api.calls.length, peer.api.connections]).toEqual([2, 1]);
  });

  it("test_bad_connect: a name that is not known is asked for again, and is what the error says", async () => {
    const { session } = testSession(
      { retry: { attempts: 6 } },
      { lookup: (_host, _options, done) => done(Object.assign(new Error("x"), { code: "ENOTFOUND" }), []) },
    );
    const error = (await failureOf(session.get("http://badhost.invalid/"))) as RequestError;
    expect([error.code, error.attempts.length, error.message]).toEqual(["ERR_DNS", 6, expect.stringContaining("badhost.invalid")]);
  });

  it("test_connection_error_retries: a closed port, after as many attempts, is a connection error", async () => {
    const error = (await failureOf(testSession().session.get(`http://127.0.0.1:${await closedPort()}/`))) as RequestError;
    expect([error.name, error.code, error.attempts.length]).toEqual(["ConnectionError", "ERR_CONNECTION_REFUSED", 3]);
  });

  it("test_cleanup_on_connection_error, test_connection_refused: a failed call gives its place in the pool back", async () => {
    const { session } = testSession({ maxConnections: 1, timeout: "5s" });
    const port = await closedPort();
    for (let round = 0; round < 2; round += 1)
      expect(await failureOf(session.get(`http://127.0.0.1:${port}/`))).toMatchObject({ code: "ERR_CONNECTION_REFUSED" });
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")), { port });
    expect((await session.get(wire.url)).status).toBe(200);
  });

  it("test_connection_count, test_keepalive: calls one after another share a connection", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const { session } = testSession();
    for (let round = 0; round < 3; round += 1) await session.get(wire.url);
    expect([wire.heads.length, wire.accepted]).toEqual([3, 1]);
  });

  it("test_keepalive_close: after Connection: close the next call opens its own", async () => {
    const wire = await raw(({ socket, index }) => void socket.write(reply("200 OK", "", index === 0 ? { connection: "close" } : {})));
    const { session } = testSession();
    for (let round = 0; round < 3; round += 1) await session.get(wire.url);
    expect([wire.heads.length, wire.accepted]).toEqual([3, 2]);
  });

  it("test_headers_not_modified_by_request: the caller's object stays as it was", async () => {
    const headers = { key: "val" };
    await testSession({ headers: { accept: "text/plain" } }).session.post(peer.api.url, { headers, json: {} });
    expect([headers, peer.last()?.headers["key"]]).toEqual([{ key: "val" }, "val"]);
  });

  it("test_invalid_method_not_allowed: a method with a blank, a slash or a line end fails before any I/O", async () => {
    for (const method of ["GET\r\nX: y", "GET /x", "G E T", "GET\u0000"])
      expect(await failureOf(testSession().session.request(method, peer.api.url))).toMatchObject({ code: "ERR_INVALID_OPTION" });
    expect(peer.api.connections).toBe(0);
  });

  it("test_user_agent_header_not_sent_twice: the caller's takes the place of errand's", async () => {
    await testSession().session.get(peer.api.url, { headers: { "uSeR-AgEnT": "Sch\u00f6nfelder" } });
    const sent = peer.last()?.rawHeaders.filter((name) => name.toLowerCase() === "user-agent");
    expect([sent?.length, peer.last()?.headers["user-agent"]]).toEqual([1, "Sch\u00f6nfelder"]);
  });

  it("test_timeout: a call's own beats the session's, shorter or longer", async () => {
    peer.api.on("GET /slow").reply({ delayMs: 40 });
    peer.api.on("GET /silent").hang();
    const { session } = testSession({ timeout: "10ms", retry: false });
    expect((await session.get(`${peer.api.url}/slow`, { timeout: "5s" })).status).toBe(200);
    const patient = session.extend({ timeout: "1m" });
    expect(await failureOf(patient.get(`${peer.api.url}/silent`, { timeout: "10ms" }))).toMatchObject({ code: "ERR_TIMEOUT" });
  });

  it("test_timeout_float: after a timeout the same session goes on", async () => {
    const wire = await raw(({ socket, index }) => void (index === 1 && socket.write(reply("200 OK"))));
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(wire.url, { timeout: 30 }))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect((await session.get(wire.url)).status).toBe(200);
  });

  it("test_total_timeout: of timeout and deadline the shorter one ends the call", async () => {
    peer.api.on("GET /").hang();
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(peer.api.url, { timeout: "1m", deadline: "20ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
    expect(await failureOf(session.get(peer.api.url, { timeout: "20ms", deadline: "1m" }))).toMatchObject({ code: "ERR_TIMEOUT" });
  });

  it("test_retries_put_filehandle: a file of 64 KiB is sent again in full", async () => {
    const path = await fileOf("x".repeat(65_536));
    peer.api.on("PUT /418").fail(418).reply();
    const response = await testSession({ retry: { statuses: [418] } }).session.put(`${peer.api.url}/418`, { body: { path } });
    expect([response.status, peer.api.calls.map((call) => call.bytes().length)]).toEqual([200, [65_536, 65_536]]);
  });

  it("test_default_method_forcelist_retried: OPTIONS may be repeated", async () => {
    peer.api.on("OPTIONS /418").fail(418).reply();
    const response = await testSession({ retry: { statuses: [418] } }).session.options(`${peer.api.url}/418`);
    expect([response.status, response.attempts.length]).toEqual([200, 2]);
  });

  it("test_retries_wrong_forcelist: a status that is not in the list is the answer", async () => {
    peer.api.on("GET /418").fail(418).reply();
    const response = await testSession({ retry: { statuses: [502] } }).session.get(`${peer.api.url}/418`);
    expect([response.status, response.attempts.length]).toEqual([418, 1]);
  });

  it("test_retry_return_in_response: the response tells its attempts", async () => {
    peer.api.on("GET /418").fail(418).reply();
    const { attempts } = await testSession({ retry: { statuses: [418] } }).session.get(`${peer.api.url}/418`);
    expect(attempts.map(({ number, method, url, status }) => [number, method, url, status])).toEqual([
      [1, "GET", `${peer.api.url}/418`, 418],
      [2, "GET", `${peer.api.url}/418`, 200],
    ]);
  });

  it("test_retry_reuse_safe: two calls with one policy object have their attempts each", async () => {
    const retry = Object.freeze({ attempts: 2, statuses: Object.freeze([418]) });
    const { session } = testSession();
    for (let round = 0; round < 2; round += 1) {
      peer.api.on("GET /418").fail(418).reply();
      expect((await session.get(`${peer.api.url}/418`, { retry })).attempts.map(({ status }) => status)).toEqual([418, 200]);
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

  it("test_pool_size_retry: the answer that is not wanted is read, and its connection used again", async () => {
    const wire = await raw(({ socket, index }) => void socket.write(reply(index === 0 ? "404 Not Found" : "200 OK", "x")));
    const response = await testSession({ retry: { statuses: [404] }, maxConnections: 1 }).session.get(wire.url);
    expect([response.status, wire.heads.length, wire.accepted]).toEqual([200, 2, 1]);
  });

  it("test_pool_size_retry_drain_fail: where its body breaks off, another connection takes its place", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 0) socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 1000\r\n\r\nshort");
      else socket.write(reply("200 OK", "x"));
    });
    const { session } = testSession({ retry: { statuses: [404] }, maxConnections: 1 });
    const response = await session.get(wire.url, { stream: true });
    expect([response.status, response.attempts.length, await response.text(), wire.accepted]).toEqual([200, 2, "x", 2]);
    expect((await session.get(wire.url)).status).toBe(200);
  });
});
