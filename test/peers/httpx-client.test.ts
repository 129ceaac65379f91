// The behaviours that encode/httpx tests (tests/client/test_auth.py, test_client.py, test_headers.py), black-box, under their upstream names.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { basic, type Auth } from "../../src/auth/index.ts";
import { attemptLog } from "../../src/client/attempt-log.ts";
import { headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";
import type { HTTPError } from "../../src/errors/index.ts";

const peer = scripted();

describe("tests/client/test_auth.py", () => {
  it("test_auth_disable_per_request: auth: null sends none", async () => {
    await testSession({ auth: basic("tomchristie", "password123") }).session.get(peer.api.url, { auth: null });
    expect(peer.last()?.headers.authorization).toBeUndefined();
  });

  it("test_auth_invalid_type: what is no Auth is an error before any I/O", async () => {
    expect(() => testSession({ auth: "not a tuple, not a callable" as never })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION" }),
    );
    const { session } = testSession();
    expect(await failureOf(session.get(peer.api.url, { auth: ["user", "password"] as never }))).toMatchObject({
      code: "ERR_INVALID_OPTION",
    });
    expect(peer.api.calls).toHaveLength(0);
  });

  it("test_auth_hidden_header: printed, neither the Auth nor a response nor an error shows the password", async () => {
    peer.api.on("GET /").fail(500);
    const auth = basic("tomchristie", "password123");
    const response = await testSession({ auth, retry: false }).session.get(peer.api.url);
    const error = await failureOf(Promise.resolve().then(() => response.raiseForStatus()));
    const shown = [auth, response, error].map((value) => inspect(value, { depth: 9 }) + JSON.stringify(value)).join("\n");
    expect([shown.includes("password123"), shown.includes("cGFzc3dvcmQxMjM")]).toEqual([false, false]);
  });

  it("test_basic_auth_in_url: sent as a header, and neither in Host nor in the request line", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")));
    await testSession().session.get(wire.url.replace("//", "//tomchristie:password123@"));
    const [head = ""] = wire.heads;
    expect([headerIn(head, "authorization"), headerIn(head, "host"), head.split("\r\n")[0]]).toEqual([
      "Basic dG9tY2hyaXN0aWU6cGFzc3dvcmQxMjM=",
      `127.0.0.1:${wire.port}`,
      "GET / HTTP/1.1",
    ]);
  });

  it("test_host_with_auth_and_port_in_url, test_host_with_non_default_port_in_url: Host has a port only where it is not the scheme's own", async () => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const { session } = testSession({ proxy: proxy.url });
    for (const url of ["http://username:password-1@example.org:80/echo_headers", "http://example.org:123/echo_headers"])
      await session.get(url);
    expect(proxy.heads.map((head) => [head.split(" ")[1], headerIn(head, "host")])).toEqual([
      ["http://example.org/echo_headers", "example.org"],
      ["http://example.org:123/echo_headers", "example.org:123"],
    ]);
  });
});

describe("tests/client/test_client.py", () => {
  it("test_get_invalid_url: unknown schemes and URLs without one fail before any I/O", async () => {
    const { session } = testSession();
    for (const url of ["invalid://example.org", "://example.org", "http://"])
      expect(await failureOf(session.get(url))).toMatchObject({ code: "ERR_INVALID_URL" });
  });

  it("test_merge_absolute_url (errand asks for allowAbsolute): then it takes the place of the base", async () => {
    const { session } = testSession({ baseUrl: `${peer.api.url}/some/path` });
    expect(await failureOf(session.get(`${peer.api.url}/x`))).toMatchObject({ code: "ERR_INVALID_URL" });
    await session.get(`${peer.api.url}/x`, { allowAbsolute: true });
    expect(peer.api.calls.map((call) => call.target)).toEqual(["/x"]);
  });

  it("test_merge_relative_url_with_path: a path is appended to the base's", async () => {
    await testSession({ baseUrl: `${peer.api.url}/some/path` }).session.get("/testing/123");
    expect(peer.last()?.target).toBe("/some/path/testing/123");
  });

  it("test_merge_relative_url_with_encoded_slashes: %2F stays in base and path", async () => {
    await testSession({ baseUrl: peer.api.url }).session.get("/testing%2F123");
    await testSession({ baseUrl: `${peer.api.url}/get%2Fresource` }).session.get("/testing");
    expect(peer.api.calls.map((call) => call.target)).toEqual(["/testing%2F123", "/get%2Fresource/testing"]);
  });

  it("test_merge_relative_url_with_dotted_path (errand: a path cannot climb out of its base)", async () => {
    const { session } = testSession({ baseUrl: `${peer.api.url}/some/path` });
    expect(await failureOf(session.get("../testing/123"))).toMatchObject({ code: "ERR_INVALID_URL" });
  });

  it("test_client_closed_state_using_implicit_open", async () => {
    const { session } = testSession();
    await session.get(peer.api.url);
    await session.close();
    expect(await failureOf(session.get(peer.api.url))).toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });

  it.each([200, 400, 404, 500, 505])("test_raise_for_status: %i", async (status) => {
    peer.api.on("GET /").reply({ status });
    const { session } = testSession();
    const response = await session.get(peer.api.url);
    if (status < 400) expect(response.raiseForStatus()).toBe(response);
    else expect(() => response.raiseForStatus()).toThrow(expect.objectContaining({ status, response }) as HTTPError);
  });

  it("test_stream_iterator: the whole body in chunks", async () => {
    peer.api.on("GET /").reply({ stream: ["Hello", ", ", "world!"] });
    const seen: Uint8Array[] = [];
    for await (const chunk of (await testSession().session.get(peer.api.url, { stream: true })).body) seen.push(chunk);
    expect(Buffer.concat(seen).toString()).toBe("Hello, world!");
  });

  it("test_iter_raw_doesnt_return_empty_chunks: whatever the coding", async () => {
    peer.api.on("GET /").reply({ stream: ["Hello", "", ", ", "", "world!"] });
    const { session } = testSession();
    for (const decompress of [true, false]) {
      const sizes: number[] = [];
      for await (const chunk of (await session.get(peer.api.url, { stream: true, decompress })).body) sizes.push(chunk.byteLength);
      expect([Math.min(...sizes) > 0, sizes.reduce((sum, size) => sum + size, 0)]).toEqual([true, 13]);
    }
  });

  it("test_cannot_read_after_stream_consumed: the second reading is an error", async () => {
    const response = await testSession().session.get(peer.api.url, { stream: true });
    expect(await response.text()).toBe("ok");
    expect(await failureOf(response.text())).toMatchObject({ code: "ERR_BODY_ALREADY_READ" });
  });

  it("test_cannot_read_after_response_closed: an error, not an empty text", async () => {
    const response = await testSession().session.get(peer.api.url, { stream: true });
    await response.close();
    expect(await failureOf(response.text())).toMatchObject({ code: "ERR_BODY_ALREADY_READ" });
  });

  it("test_header_merge_conflicting_headers: the call's value alone is sent", async () => {
    const { session } = testSession({ headers: { "X-Auth-Token": "FooBar" } });
    await session.get(peer.api.url, { headers: { "x-auth-token": "BazToken" } });
    expect(peer.last()?.headers["x-auth-token"]).toBe("BazToken");
  });

  it("test_client_queryparams_echo: the session's params, then the call's", async () => {
    await testSession({ params: { first: "str" } }).session.get(peer.api.url, { params: { second: "dict" } });
    expect(peer.last()?.target).toBe("/?first=str&second=dict");
  });

  it("test_response_default_to_utf8_encoding: a body without Content-Type", async () => {
    peer.api.on("GET /").reply({ body: Buffer.from("grüße") });
    expect((await testSession().session.get(peer.api.url)).text()).toBe("grüße");
  });

  it("test_event_hooks_with_redirect: middleware runs for every hop", async () => {
    peer.api.on("GET /redirect").redirect("/");
    const { session } = testSession();
    const seen: unknown[] = [];
    session.use(async (request, next) => {
      const response = await next(request);
      seen.push([request.url.pathname, request.hop, response.status]);
      return response;
    });
    await session.get(`${peer.api.url}/redirect`);
    expect(seen).toEqual([
      ["/redirect", 0, 302],
      ["/", 1, 200],
    ]);
  });

  it("test_event_hooks_raising_exception: what middleware throws ends the call, and the connection is used again", async () => {
    const { session } = testSession();
    session.use(async (request, next) => {
      const response = await next(request);
      if (request.url.pathname === "/throws") throw new TypeError("hook");
      return response;
    });
    expect(await failureOf(session.get(`${peer.api.url}/throws`))).toMatchObject({ message: expect.stringContaining("hook") });
    expect([(await session.get(peer.api.url)).status, peer.api.connections]).toEqual([200, 1]);
  });

  it("test_sync_auth_history, test_sync_auth_reads_response_body (errand: an Auth refreshes after a 401; the answer is among the attempts)", async () => {
    let token = "old";
    peer.api.on("GET /").reply(({ headers }) => ({ status: headers.authorization === "Bearer new" ? 200 : 401 }));
    const auth: Auth = {
      scheme: "repeat",
      sign: (request) => request.setHeader("Authorization", `Bearer ${token}`),
      refresh: async () => {
        token = "new";
        return true;
      },
    };
    const response = await testSession({ auth }).session.get(peer.api.url);
    expect([response.status, response.attempts.map((attempt) => attempt.status)]).toEqual([200, [401, 200]]);
  });

  it("test_logging_request: one line a request when asked for, none otherwise", async () => {
    const lines: string[] = [];
    const { session } = testSession({}, { log: attemptLog({ ERRAND_LOG: "debug" }, (line) => lines.push(line)) });
    await session.get(peer.api.url);
    expect(lines).toEqual([expect.stringMatching(/^errand: GET http:\/\/127\.0\.0\.1:\d+\/ attempt 1: 200 after \d+ ms\n$/)]);
    const failed: string[] = [];
    const quiet = testSession({}, { log: attemptLog({ ERRAND_LOG: "attempts" }, (line) => failed.push(line)) });
    await quiet.session.get(peer.api.url);
    peer.api.on("GET /").fail(503).reply();
    await quiet.session.get(peer.api.url);
    expect([failed.length, failed[0]]).toEqual([2, expect.stringMatching(/attempt 1: 503 after .*; again in 1 s\n$/)]);
    expect([attemptLog({}), attemptLog({ ERRAND_LOG: "yes" })]).toEqual([undefined, undefined]);
  });
});
