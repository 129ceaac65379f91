// The behaviours that urllib3 tests (with_dummyserver/test_socketlevel.py), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

describe("with_dummyserver/test_socketlevel.py", () => {
  it("test_enforce_content_length_get: 12 bytes of 22 are an error", async () => {
    const wire = await raw(({ socket }) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\nhello, world"));
    expect(await failureOf(testSession({ retry: false }).session.get(wire.url))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
  });

  it("test_enforce_content_length_no_body: a HEAD has no body, whatever its length says", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n"));
    const response = await testSession({ retry: false, timeout: "5s" }).session.head(wire.url);
    expect([response.header("content-length"), response.bytes().byteLength]).toEqual(["22", 0]);
  });

  it("test_chunked_head_response_does_not_hang: nor does one that speaks of chunks", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
    expect((await testSession({ retry: false, timeout: "5s" }).session.head(wire.url)).text()).toBe("");
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

  it("test_content_length_0_by_default", async () => {
    const { session } = testSession();
    for (const method of ["POST", "PUT", "PATCH"]) {
      await session.request(method, peer.api.url);
      expect([peer.last()?.headers["content-length"], peer.last()?.headers["transfer-encoding"]]).toEqual(["0", undefined]);
    }
  });

  it("test_chunked_not_specified: a generator is chunked; bytes and files have a length", async () => {
    const { session } = testSession();
    const framing: unknown[] = [];
    for (const body of [chunks("hello"), Buffer.from("hello"), { path: import.meta.filename }]) {
      await session.put(peer.api.url, { body });
      framing.push(["transfer-encoding", "content-length"].map((name) => peer.last()?.headers[name]));
    }
    expect(framing).toEqual([
      ["chunked", undefined],
      [undefined, "5"],
      [undefined, String(peer.last()?.bytes().length)],
    ]);
  });

  it("test_framing_set_via_headers (errand: Transfer-Encoding is its own): a length in any case is kept, and never both are sent", async () => {
    const { session } = testSession();
    await session.put(peer.api.url, { body: chunks("hello"), headers: { "CONTENT-length": "5" } });
    expect([peer.last()?.headers["transfer-encoding"], peer.last()?.headers["content-length"], peer.last()?.text()]).toEqual([
      undefined,
      "5",
      "hello",
    ]);
    for (const name of ["Transfer-Encoding", "TRANSFER-encoding"])
      expect(await failureOf(session.put(peer.api.url, { body: "x", headers: { [name]: "chunked" } }))).toMatchObject({
        code: "ERR_INVALID_HEADER",
      });
  });

  it("test_multi_setcookie: two lines are two cookies", async () => {
    const wire = await raw(
      ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\nset-cookie: foo=1\r\nset-cookie: bar=1\r\ncontent-length: 0\r\n\r\n"),
    );
    const response = await testSession().session.get(wire.url);
    expect([response.headers.getSetCookie(), { ...response.cookies }]).toEqual([["foo=1", "bar=1"], { foo: "1", bar: "1" }]);
  });

  const sixteen = Array.from({ length: 16 }, (_, n): [string, string] => [`X-Header-${16 - n}`, String(n)]);

  it("test_request_headers_are_sent_in_the_original_order: as the caller wrote them", async () => {
    await testSession().session.get(peer.api.url, { headers: Object.fromEntries(sixteen) });
    const sent = peer.last()?.rawHeaders ?? [];
    expect(sent.flatMap((name, index) => (name.startsWith("X-") ? [[name, sent[index + 1]]] : []))).toEqual(sixteen);
  });

  it("test_response_headers_are_returned_in_the_original_order: as the server wrote them", async () => {
    const lines = sixteen.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const wire = await raw(({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\n${lines}content-length: 0\r\n\r\n`));
    const { rawHeaders } = await testSession().session.get(wire.url);
    expect(rawHeaders.filter(([name]) => name.startsWith("X-"))).toEqual(sixteen);
  });

  it("test_request_host_header_ignores_fqdn_dot (errand sends the name as it was written)", async () => {
    const { session } = testSession({}, { lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
    await session.get(`http://localhost.:${peer.api.port}/`);
    expect(peer.last()?.headers.host).toBe(`localhost.:${peer.api.port}`);
  });

  it("test_connection_closed_on_read_timeout_preload_false: a body that stalls costs its connection, and the next call has another", async () => {
    const wire = await raw(
      ({ socket, index }) =>
        void socket.write(
          index === 0 ? "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n" : reply("200 OK", "fresh"),
        ),
    );
    const { session } = testSession();
    const stalled = await session.get(wire.url, { stream: true, idleTimeout: "20ms" });
    expect(await failureOf(stalled.text())).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle" });
    expect([(await session.get(wire.url)).text(), wire.accepted]).toEqual(["fresh", 2]);
  });

  it("test_delayed_body_read_timeout: headers, then silence", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n"));
    const { session } = testSession({ retry: false, timeout: "100ms" });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_TIMEOUT", phase: "receive" });
  });

  it("test_read_timeout_dont_retry_method_not_in_allowlist: a POST is not repeated", async () => {
    peer.api.on("POST /").hang();
    const error = (await failureOf(testSession({ timeout: "50ms" }).session.post(peer.api.url))) as RequestError;
    expect([error.code, error.attempts.map(({ stopped }) => stopped), peer.api.calls.length]).toEqual(["ERR_TIMEOUT", ["method"], 1]);
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
