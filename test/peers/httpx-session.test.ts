// The behaviours that encode/httpx tests (tests/client/test_client.py, test_cookies.py, tests/models/test_responses.py), black-box, under
// their upstream names. Where errand decides otherwise on purpose the title says so.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Session } from "../../src/client/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, server, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("tests/client/test_client.py: other transports", () => {
  it("test_all_mounted_transport: one middleware can answer every call, whatever its origin", async () => {
    const stand = await server();
    stand.on("*").reply({ text: "mounted" });
    const { session: behind } = testSession();
    const { session } = testSession();
    session.use((request) => behind.request(request.method, `${stand.url}${request.url.pathname}`));
    for (const url of ["http://www.example.com/a", "https://www.example.org/b"]) expect(await session.get(url).text()).toBe("mounted");
    expect(stand.calls.map(({ path }) => path)).toEqual(["/a", "/b"]);
  });

  it("test_mounted_transport (errand speaks http and https: another scheme fails before anything is asked)", async () => {
    const { session } = testSession();
    let asked = 0;
    session.use((request, next) => {
      asked += 1;
      return next(request);
    });
    expect(await failureOf(session.get("custom://www.example.com"))).toMatchObject({ code: "ERR_INVALID_URL" });
    expect(asked).toBe(0);
  });

  it("test_context_managed_transport_and_mount: leaving the block closes the connections, once", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const session = new Session();
    const extended = session.extend({ headers: { "x-a": "1" } });
    await session.get(wire.url);
    await extended.get(wire.url);
    expect([wire.accepted, wire.open]).toEqual([1, 1]);
    await extended[Symbol.asyncDispose]();
    expect((await session.get(wire.url)).status).toBe(200);
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await expect.poll(() => wire.open).toBe(0);
    expect([wire.accepted, await failureOf(extended.get(wire.url))]).toMatchObject([1, { code: "ERR_SESSION_CLOSED" }]);
  });
});

describe("tests/client/test_client.py, tests/models/test_responses.py: bodies as they came", () => {
  it("test_raw_iterator: decompress: false gives the bytes of the wire", async () => {
    const packed = gzipSync("Hello, world!");
    peer.api.on("GET /").reply({ body: packed, headers: { "content-encoding": "gzip" } });
    const response = await testSession().session.get(peer.api.url, { stream: true, decompress: false });
    const seen: Uint8Array[] = [];
    for await (const chunk of response.body) seen.push(chunk);
    expect(Buffer.concat(seen)).toEqual(packed);
  });

  it("test_client_decode_text_using_autodetect (errand does not guess: without a charset it is UTF-8)", async () => {
    const body = Buffer.from("Non-séquitur: déjà-vu", "latin1");
    peer.api.on("GET /").reply({ body, headers: { "content-type": "text/plain" } });
    const response = await testSession().session.get(peer.api.url);
    expect([response.text(), new TextDecoder("latin1").decode(response.bytes())]).toEqual([body.toString("utf8"), "Non-séquitur: déjà-vu"]);
  });

  it("test_response_set_explicit_encoding: the bytes in whatever encoding the caller knows better than the header", async () => {
    const body = Buffer.from("Latin 1: ÿ", "latin1");
    peer.api.on("GET /").reply({ body, headers: { "content-type": "text/plain; charset=utf-8" } });
    const response = await testSession().session.get(peer.api.url);
    expect(new TextDecoder("iso-8859-1").decode(response.bytes())).toBe("Latin 1: ÿ");
  });

  it("test_link_headers: by relation, a link without one by its URL", async () => {
    const link =
      '<https://example.com/one>; rel=next; title="a, b", <https://example.com/two>; rel="last", <https://example.com/three>; type=text/html';
    peer.api.on("GET /").reply({ headers: { link } });
    const { links } = await testSession().session.get(peer.api.url);
    expect(Object.keys(links)).toEqual(["next", "last", "https://example.com/three"]);
    expect([
      links["next"]?.url,
      links["next"]?.params["title"],
      links["last"]?.url,
      links["https://example.com/three"]?.params["type"],
    ]).toEqual(["https://example.com/one", "a, b", "https://example.com/two", "text/html"]);
  });
});

describe("tests/client/test_cookies.py", () => {
  it("test_cookie_persistence: what one answer sets is on the next request", async () => {
    peer.api.on("GET /set").reply({ headers: { "set-cookie": "example-name=example-value" } });
    const { session } = testSession({ cookies: true });
    expect((await session.get(`${peer.api.url}/echo`)).cookies).toEqual({});
    const response = await session.get(`${peer.api.url}/set`);
    await session.get(`${peer.api.url}/echo`);
    expect([response.cookies["example-name"], peer.api.calls.map(({ headers }) => headers.cookie)]).toEqual([
      "example-value",
      [undefined, undefined, "example-name=example-value"],
    ]);
  });
});
