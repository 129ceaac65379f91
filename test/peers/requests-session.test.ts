// The behaviours that psf/requests tests (tests/test_requests.py: sessions, adapters, hooks, streams), black-box, under their upstream
// names. Where errand decides otherwise on purpose the title says so.
import { describe, expect, it } from "vitest";
import { basic, bearer } from "../../src/auth/index.ts";
import type { RequestOptions, SessionOptions } from "../../src/client/index.ts";
import { CookieJar } from "../../src/cookies/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py: adapters by prefix (errand: a session's base)", () => {
  it("test_session_get_adapter_prefix_matching (errand: one base a session; a path cannot leave it for its neighbour)", async () => {
    const root = testSession({ baseUrl: peer.api.url, auth: bearer("token-of-the-root") }).session;
    const below = root.extend({ baseUrl: `${peer.api.url}/some/path`, auth: bearer("token-of-the-path") });
    await root.get("/some/path/x");
    await below.get("/x");
    expect(peer.api.calls.map(({ target, headers }) => [target, headers.authorization])).toEqual([
      ["/some/path/x", "Bearer token-of-the-root"],
      ["/some/path/x", "Bearer token-of-the-path"],
    ]);
    expect(await failureOf(below.get("../other"))).toMatchObject({ code: "ERR_INVALID_URL" });
  });

  it.each<[string, string]>([
    ["test_session_get_adapter_prefix_with_trailing_slash: another host that begins alike is another host", "/"],
    ["test_session_get_adapter_prefix_without_trailing_slash (errand: without the slash too, for origins are compared as a whole)", ""],
  ])("%s", async (_title, slash) => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const options = { baseUrl: `http://example.com${slash}`, auth: bearer("token-12345678"), allowAbsolute: true, proxy: proxy.url };
    const { session } = testSession(options);
    await session.get("http://example.com.other.com/");
    await session.get("/own");
    expect(proxy.heads.map((head) => [head.split(" ")[1], /^authorization: /im.test(head)])).toEqual([
      ["http://example.com.other.com/", false],
      ["http://example.com/own", true],
    ]);
  });
});

describe("test_requests.py: what outlives a session", () => {
  it("test_prepared_request_is_pickleable: the options of a call are plain data, written and read back", async () => {
    const options: RequestOptions = { params: { page: 2 }, headers: { "x-a": "1" }, json: { some: "data" }, timeout: "5s" };
    const restored = JSON.parse(JSON.stringify(options)) as RequestOptions;
    expect((await testSession().session.request("PUT", peer.api.url, { ...restored, stream: false })).status).toBe(200);
    expect([peer.last()?.target, peer.last()?.headers["x-a"], peer.last()?.json()]).toEqual(["/?page=2", "1", { some: "data" }]);
  });

  it("test_session_pickling: options and cookies are written and read back, and the new session works", async () => {
    const options: SessionOptions = { baseUrl: peer.api.url, headers: { "x-a": "1" }, retry: { attempts: 2 } };
    peer.api.on("GET /login").reply({ headers: { "set-cookie": "sid=42" } });
    const jar = new CookieJar();
    await testSession({ ...options, cookies: jar }).session.get("/login");
    const saved = JSON.stringify({ options, cookies: jar.serialize() });
    const read = JSON.parse(saved) as { options: SessionOptions; cookies: ReturnType<CookieJar["serialize"]> };
    expect((await testSession({ ...read.options, cookies: CookieJar.restore(read.cookies) }).session.get("/get")).status).toBe(200);
    expect([peer.last()?.headers.cookie, peer.last()?.headers["x-a"]]).toEqual(["sid=42", "1"]);
  });

  it("test_session_close_proxy_clear: close() ends the connections to proxies too", async () => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const { session } = testSession({ proxy: proxy.url });
    await session.get("http://a.example/");
    expect(proxy.open).toBe(1);
    await session.close();
    await expect.poll(() => proxy.open).toBe(0);
  });
});

describe("test_requests.py: hooks and streams", () => {
  it("test_session_hooks_are_overridden_by_request_hooks (errand: middleware adds up, the session's outside)", async () => {
    const seen: string[] = [];
    const { session } = testSession();
    const extended = session
      .use((request, next) => {
        seen.push("session");
        return next(request);
      })
      .extend({});
    extended.use((request, next) => {
      seen.push("extended");
      return next(request);
    });
    await extended.get(peer.api.url);
    await session.get(peer.api.url);
    expect(seen).toEqual(["session", "extended", "session"]);
  });

  it("test_custom_redirect_mixin (errand follows redirect statuses only): a 200 with a Location is the answer, for the caller to follow", async () => {
    peer.api.on("GET /").reply({ headers: { location: "/target" } });
    const { session } = testSession();
    const response = await session.get(peer.api.url);
    expect([response.status, response.history, response.header("location")]).toEqual([200, [], "/target"]);
    expect((await session.get(new URL(response.header("location") ?? "", response.url))).url).toBe(`${peer.api.url}/target`);
  });

  it("test_response_chunk_size_type (errand gives chunks as they come): a body is the same in chunks and as a whole", async () => {
    peer.api.on("GET /").reply({ stream: ["the ", "content"] });
    const { session } = testSession();
    const parts: Uint8Array[] = [];
    for await (const chunk of (await session.get(peer.api.url, { stream: true })).body) parts.push(chunk);
    expect([Buffer.concat(parts).toString(), (await session.get(peer.api.url)).text()]).toEqual(["the content", "the content"]);
  });

  it("test_response_iter_lines_reentrant: a second iterator over one stream is an error, not half of the lines", async () => {
    peer.api.on("GET /").reply({ stream: ["1\n2\n", "3\n4\n"] });
    const response = await testSession().session.get(peer.api.url, { stream: true });
    const seen: string[] = [];
    for await (const line of response.lines()) {
      seen.push(line);
      expect(() => response.lines()).toThrow(expect.objectContaining({ code: "ERR_BODY_ALREADY_READ" }));
    }
    expect(seen).toEqual(["1", "2", "3", "4"]);
  });
});

describe("test_requests.py: credentials on redirects", () => {
  it("test_should_strip_auth_host_change: to another host, and from another port", async () => {
    const hops: Record<string, string> = {
      "http://example.com/foo": "http://another.example.com/bar",
      "http://example.com:1080/foo": "http://example.com/bar",
    };
    const proxy = await raw(({ socket, head }) => {
      const to = hops[head.split(" ")[1] ?? ""];
      socket.write(to === undefined ? reply("200 OK") : reply("302 Found", "", { location: to }));
    });
    const { session } = testSession({ proxy: proxy.url, auth: basic("user", "pass-word-1") });
    for (const from of Object.keys(hops)) await session.get(from);
    expect(proxy.heads.map((head) => /^authorization: /im.test(head))).toEqual([true, false, true, false]);
  });
});
