// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py: responses, time, retries), black-box, under their upstream names.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";
import type { StreamResponse } from "../../src/client/index.ts";
import { isRequestError, isTimeoutError, type DecodeError, type HTTPError } from "../../src/errors/index.ts";

const peer = scripted();

describe("test_requests.py, test_lowlevel.py: responses", () => {
  it("test_decompress_gzip: the body is plain", async () => {
    peer.api.on("GET /gzip").reply({ body: gzipSync("hello"), headers: { "content-encoding": "gzip" } });
    expect((await testSession().session.get(`${peer.api.url}/gzip`)).text()).toBe("hello");
  });

  it("test_response_iter_lines: line by line, however they were cut", async () => {
    peer.api.on("GET /stream/4").reply({ stream: ["1\n2", "\n3\n", "4\n"] });
    const lines: string[] = [];
    for await (const line of (await testSession().session.get(`${peer.api.url}/stream/4`, { stream: true })).lines()) lines.push(line);
    expect(lines).toEqual(["1", "2", "3", "4"]);
  });

  it("test_status_raising: raiseForStatus() throws for a 404; a 500 is not ok", async () => {
    peer.api.on("GET /404").fail(404);
    peer.api.on("GET /500").fail(500);
    const { session } = testSession();
    const missing = await session.get(`${peer.api.url}/404`);
    expect(() => missing.raiseForStatus()).toThrow(expect.objectContaining({ name: "HTTPError", status: 404 }));
    expect((await session.get(`${peer.api.url}/500`)).ok).toBe(false);
  });

  it("test_http_error: carries the response", async () => {
    peer.api.on("GET /404").reply({ status: 404, text: "no such user" });
    const error = (await failureOf(testSession().session.get(`${peer.api.url}/404`).text())) as HTTPError;
    expect([error.name, error.status, error.response.status, error.response.text()]).toEqual(["HTTPError", 404, 404, "no such user"]);
  });

  it("test_json_decode_compatibility: bytes that are no JSON are a DecodeError, a RequestError without the text in its message", async () => {
    peer.api.on("GET /bytes/20").reply({ body: Buffer.from("never-in-the-message") });
    const error = await failureOf(testSession().session.get(`${peer.api.url}/bytes/20`).json());
    expect([isRequestError(error), error]).toMatchObject([true, { name: "DecodeError", code: "ERR_DECODE" }]);
    expect((error as DecodeError).message).not.toContain("never-in");
  });

  it("test_response_json_when_content_is_None: no content is a DecodeError", async () => {
    peer.api.on("GET /none").reply({ status: 204 });
    const response = await testSession().session.get(`${peer.api.url}/none`);
    expect(() => response.json()).toThrow(expect.objectContaining({ code: "ERR_DECODE" }));
  });

  it("test_json_decode_errors_are_serializable_deserializable: cloned and as JSON, with its message", async () => {
    peer.api.on("GET /bytes/20").reply({ body: Buffer.alloc(20, 0xf1) });
    const error = (await failureOf(testSession().session.get(`${peer.api.url}/bytes/20`).json())) as DecodeError;
    expect([structuredClone(error).message, JSON.parse(JSON.stringify(error))]).toMatchObject([
      error.message,
      { code: "ERR_DECODE", message: error.message },
    ]);
  });

  it("test_response_reason_unicode, test_response_reason_unicode_fallback: no crash, and the status is told", async () => {
    const wire = await raw(
      ({ socket, index }) =>
        void socket.write(
          Buffer.concat([
            Buffer.from("HTTP/1.1 404 "),
            Buffer.from("Komponenttia ei löydy", index === 0 ? "utf8" : "latin1"),
            Buffer.from("\r\ncontent-length: 0\r\n\r\n"),
          ]),
        ),
    );
    const { session } = testSession();
    expect(((await failureOf(session.get(wire.url).text())) as Error).message).toContain("answered 404 Komponenttia ei löydy");
    expect(((await failureOf(session.get(wire.url).text())) as Error).message).toMatch(/answered 404 Komponenttia ei l.ydy/);
  });

  it("test_time_elapsed_blank: a call takes some time", async () => {
    expect((await testSession().session.get(peer.api.url)).elapsedMs).toBeGreaterThan(0);
  });

  it.each<[string, (response: StreamResponse) => Promise<void>]>([
    ["test_response_context_manager: leaving the block", (response) => response[Symbol.asyncDispose]()],
    ["test_unconsumed_session_response_closes_connection: close()", (response) => response.close()],
  ])("%s ends the connection of a body that nobody read", async (_title, leave) => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", Buffer.alloc(3_000_000))));
    const response = await testSession().session.get(wire.url, { stream: true });
    expect(wire.open).toBe(1);
    await leave(response);
    await expect.poll(() => wire.open).toBe(0);
    expect(await failureOf(response.text())).toMatchObject({ code: "ERR_BODY_ALREADY_READ" });
  });

  it.each<[string, string, string]>([
    [
      "test_chunked_encoding_error: an answer that ends before its first chunk",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
      "ERR_BODY_TRUNCATED",
    ],
    [
      "test_conflicting_content_lengths: two lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 16\r\ncontent-length: 32\r\n\r\n-- Bad Content Length --",
      "ERR_MALFORMED_RESPONSE",
    ],
    [
      "test_iter_content_wraps_exceptions: a body that breaks off",
      "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nHi-",
      "ERR_BODY_TRUNCATED",
    ],
    [
      "test_iter_content_wraps_exceptions: a coding that is none",
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
      "ERR_DECODE",
    ],
  ])("%s is an error, buffered and streamed", async (_title, answer, code) => {
    const wire = await raw(({ socket }) => void socket.end(answer));
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code });
    expect(await failureOf(session.get(wire.url, { stream: true }).then((response) => response.text()))).toMatchObject({ code });
  });

  it("test_iter_content_wraps_exceptions: a stream that falls silent is a timeout", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nHi-"));
    const stream = await testSession({ retry: false }).session.get(wire.url, { stream: true, idleTimeout: "30ms" });
    expect(await failureOf(stream.text())).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle" });
  });
});

describe("test_requests.py: timeouts and retries", () => {
  it("test_invalid_timeout: a list or a word is an error that says what it takes, before any I/O", async () => {
    for (const timeout of [[3, 4, 5], "foo"])
      expect(await failureOf(testSession().session.get(peer.api.url, { timeout: timeout as never }))).toMatchObject({
        code: "ERR_INVALID_OPTION",
        message: expect.stringContaining("timeout"),
      });
    expect(peer.api.calls).toHaveLength(0);
  });

  it("test_stream_timeout: a stream whose headers do not come", async () => {
    peer.api.on("GET /delay").hang();
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(`${peer.api.url}/delay`, { timeout: "80ms", stream: true }))).toMatchObject({
      code: "ERR_TIMEOUT",
      phase: "wait",
      message: expect.stringContaining("timed out"),
    });
  });

  it("test_read_timeout: an answer that does not come", async () => {
    peer.api.on("GET /delay").hang();
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(`${peer.api.url}/delay`, { timeout: "80ms" }))).toMatchObject({
      code: "ERR_TIMEOUT",
      phase: "wait",
    });
  });

  it("test_connect_timeout: one error for what takes too long, which says that there was no connection yet", async () => {
    const { session } = testSession({ retry: false, connectTimeout: "20ms" }, { lookup: () => undefined });
    const unresolved = await failureOf(session.get("http://slow.test/"));
    expect([isTimeoutError(unresolved), unresolved]).toMatchObject([
      true,
      { phase: "dns", message: expect.stringContaining("http://slow.test/") },
    ]);
    const silent = await raw(() => undefined);
    const secure = testSession({ retry: false, connectTimeout: "100ms" }).session;
    expect(await failureOf(secure.get(`https://127.0.0.1:${silent.port}/`))).toMatchObject({ code: "ERR_TIMEOUT", phase: "tls" });
  });

  it("test_urllib3_retries (errand returns the last answer; the shortcuts raise it)", async () => {
    peer.api.on("GET /status/500").fail(500);
    const { session } = testSession({ retry: { attempts: 3 } });
    expect((await session.get(`${peer.api.url}/status/500`)).attempts).toHaveLength(3);
    expect(await failureOf(session.get(`${peer.api.url}/status/500`).text())).toMatchObject({ name: "HTTPError", status: 500 });
  });

  it("test_session_hooks_are_used_with_no_request_hooks: the session's middleware runs", async () => {
    let runs = 0;
    const { session } = testSession();
    session.use((request, next) => {
      runs += 1;
      return next(request);
    });
    await session.get(peer.api.url);
    expect(runs).toBe(1);
  });

  it("test_prepared_request_hook: what middleware returns is the response", async () => {
    const { session } = testSession();
    const other = await testSession().session.get(`${peer.api.url}/other`);
    session.use(async (request, next) => {
      await next(request);
      return other;
    });
    expect([await session.get(peer.api.url), peer.api.calls.map(({ path }) => path)]).toEqual([other, ["/other", "/"]]);
  });

  it("test_hook_receives_request_arguments: middleware sees the response and what was asked", async () => {
    const seen: unknown[] = [];
    const { session } = testSession();
    session.use(async (request, next) => {
      const response = await next(request);
      seen.push([request.method, request.url.href, request.header("x-a"), request.attempt, response.status]);
      return response;
    });
    await session.put(`${peer.api.url}/x`, { headers: { "x-a": "1" } });
    expect(seen).toEqual([["PUT", `${peer.api.url}/x`, "1", 1, 200]]);
  });
});
