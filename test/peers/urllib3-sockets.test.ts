// The behaviours that urllib3 tests (with_dummyserver/test_socketlevel.py), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

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

  it("test_content_length_0_by_default", async () => {
    const { session } = testSession();
    for (const method of ["POST", "PUT", "PATCH"]) {
      await session.request(method, peer.api.url);
      expect([peer.last()?.headers["content-length"], peer.last()?.headers["transfer-encoding"]]).toEqual(["0", undefined]);
    }
  });

  it("test_chunked_not_specified, test_framing_set_via_headers (errand: Transfer-Encoding is its own)", async () => {
    const { session } = testSession();
    await session.put(peer.api.url, { body: chunks("hello") });
    expect([peer.last()?.headers["transfer-encoding"], peer.last()?.headers["content-length"]]).toEqual(["chunked", undefined]);
    await session.put(peer.api.url, { body: chunks("hello"), headers: { "CONTENT-length": "5" } });
    expect([peer.last()?.headers["transfer-encoding"], peer.last()?.headers["content-length"], peer.last()?.text()]).toEqual([
      undefined,
      "5",
      "hello",
    ]);
    expect(await failureOf(session.put(peer.api.url, { body: "x", headers: { "Transfer-Encoding": "chunked" } }))).toMatchObject({
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
    await session.get(`http://localhost.:${peer.api.port}/`);
    expect(peer.last()?.headers.host).toBe(`localhost.:${peer.api.port}`);
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
