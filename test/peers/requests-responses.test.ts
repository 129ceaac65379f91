// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py: responses, time, retries), black-box, under their upstream names.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";
import { isTimeoutError, type DecodeError, type HTTPError } from "../../src/errors/index.ts";

const peer = scripted();

describe("test_requests.py, test_lowlevel.py: responses", () => {
  it("test_decompress_gzip, test_response_iter_lines", async () => {
    peer.api.on("GET /gzip").reply({ body: gzipSync("hello"), headers: { "content-encoding": "gzip" } });
    peer.api.on("GET /stream/4").reply({ stream: ["1\n2", "\n3\n", "4\n"] });
    const { session } = testSession();
    expect((await session.get(`${peer.api.url}/gzip`)).text()).toBe("hello");
    const lines: string[] = [];
    for await (const line of (await session.get(`${peer.api.url}/stream/4`, { stream: true })).lines()) lines.push(line);
    expect(lines).toEqual(["1", "2", "3", "4"]);
  });

  it("test_status_raising, test_http_error", async () => {
    peer.api.on("GET /404").fail(404);
    peer.api.on("GET /500").fail(500);
    const { session } = testSession();
    const error = (await failureOf(session.get(`${peer.api.url}/404`).text())) as HTTPError;
    expect([error.name, error.response.status]).toEqual(["HTTPError", 404]);
    expect((await session.get(`${peer.api.url}/500`)).ok).toBe(false);
  });

  it("test_json_decode_compatibility, test_response_json_when_content_is_None, test_json_decode_errors_are_serializable_deserializable", async () => {
    peer.api.on("GET /bytes/20").reply({ body: Buffer.alloc(20, 0xf1) });
    peer.api.on("GET /none").reply({ status: 204 });
    const { session } = testSession();
    const error = (await failureOf(session.get(`${peer.api.url}/bytes/20`).json())) as DecodeError;
    expect([error.name, error.message.includes("\ufffd"), structuredClone(error).message, JSON.parse(JSON.stringify(error))]).toMatchObject(
      ["DecodeError", false, error.message, { code: "ERR_DECODE" }],
    );
    expect(await failureOf(session.get(`${peer.api.url}/none`).json())).toMatchObject({ code: "ERR_DECODE" });
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

  it("test_time_elapsed_blank, test_response_context_manager, test_unconsumed_session_response_closes_connection", async () => {
    const { session } = testSession();
    expect((await session.get(peer.api.url)).elapsedMs).toBeGreaterThan(0);
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", Buffer.alloc(3_000_000))));
    await (await session.get(wire.url, { stream: true })).close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(wire.open).toBe(0);
  });

  it("test_iter_content_wraps_exceptions, test_chunked_encoding_error, test_conflicting_content_lengths", async () => {
    const answers = [
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "ERR_BODY_TRUNCATED"],
      ["HTTP/1.1 200 OK\r\ncontent-length: 16\r\ncontent-length: 32\r\n\r\n-- Bad Content Length --", "ERR_MALFORMED_RESPONSE"],
      ["HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope", "ERR_DECODE"],
    ] as const;
    const wire = await raw(({ socket, head }) => void socket.end(answers[Number(/^GET \/(\d)/.exec(head)?.[1])]?.[0] ?? ""));
    const { session } = testSession({ retry: false });
    for (const [index, [, code]] of answers.entries()) {
      expect(await failureOf(session.get(`${wire.url}/${index}`))).toMatchObject({ code });
      expect(await failureOf(session.get(`${wire.url}/${index}`, { stream: true }).then((response) => response.text()))).toMatchObject({
        code,
      });
    }
  });

  it("test_iter_content_wraps_exceptions: a stream that falls silent is a timeout", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nHi-"));
    const stream = await testSession({ retry: false }).session.get(wire.url, { stream: true, idleTimeout: "30ms" });
    expect(await failureOf(stream.text())).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle" });
  });
});

describe("test_requests.py: timeouts and retries", () => {
  it("test_invalid_timeout, test_stream_timeout, test_read_timeout", async () => {
    peer.api.on("GET /delay").hang();
    const { session } = testSession({ retry: false });
    for (const timeout of [[3, 4, 5], "foo"])
      expect(await failureOf(session.get(peer.api.url, { timeout: timeout as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
    for (const stream of [true, false] as const) {
      expect(
        await failureOf(
          stream
            ? session.get(`${peer.api.url}/delay`, { timeout: "80ms", stream })
            : session.get(`${peer.api.url}/delay`, { timeout: "80ms" }),
        ),
      ).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait" });
    }
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

  it("test_session_hooks_are_used_with_no_request_hooks, test_prepared_request_hook, test_hook_receives_request_arguments: as middleware", async () => {
    const { session } = testSession();
    const other = await testSession().session.get(`${peer.api.url}/other`);
    const seen: string[] = [];
    session.use(async (request, next) => {
      seen.push(request.method);
      await next(request);
      return other;
    });
    expect([await session.get(peer.api.url), seen]).toEqual([other, ["GET"]]);
  });
});
