// The behaviours that psf/requests tests (tests/test_requests.py, headers and auth), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { basic, type Auth } from "../../src/auth/index.ts";
import { failureOf, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py: headers and auth", () => {
  it("test_BASICAUTH_TUPLE_HTTP_200_OK_GET: of the call, none, of the session", async () => {
    peer.api.on("GET /basic").reply(({ headers }) => ({
      status: headers.authorization === `Basic ${Buffer.from("user:pass-word-1").toString("base64")}` ? 200 : 401,
    }));
    const { session } = testSession();
    expect((await session.get(`${peer.api.url}/basic`, { auth: basic("user", "pass-word-1") })).status).toBe(200);
    expect((await session.get(`${peer.api.url}/basic`)).status).toBe(401);
    expect((await session.extend({ auth: basic("user", "pass-word-1") }).get(`${peer.api.url}/basic`)).status).toBe(200);
  });

  it("test_prepared_from_session: an Auth of one's own signs, and its header is sent", async () => {
    const auth: Auth = { scheme: "custom", sign: (request) => request.setHeader("Dummy-Auth-Test", "dummy-auth-test-ok") };
    await testSession({ auth }).session.get(peer.api.url);
    expect(peer.last()?.headers["dummy-auth-test"]).toBe("dummy-auth-test-ok");
  });

  it("test_basicauth_encodes_byte_strings: user and password are UTF-8", async () => {
    const { session } = testSession();
    await session.get(peer.api.url, { auth: basic("Ѓ", "пароль-1") });
    expect(Buffer.from(String(peer.last()?.headers.authorization).slice(6), "base64").toString()).toBe("Ѓ:пароль-1");
  });

  it.each(["User-agent", "user-agent"])("test_user_agent_transfers: %s takes the place of errand's", async (name) => {
    await testSession().session.get(peer.api.url, { headers: { [name]: "Mozilla/5.0 (github.com/psf/requests)" } });
    expect(peer.last()?.headers["user-agent"]).toBe("Mozilla/5.0 (github.com/psf/requests)");
    expect(peer.last()?.rawHeaders.filter((each) => each.toLowerCase() === "user-agent")).toHaveLength(1);
  });

  it("test_fixes_1329: a name in two cases is one header, with the last value", async () => {
    await testSession({ headers: { ACCEPT: "BOGUS", accept: "application/json" } }).session.get(peer.api.url);
    const names = peer.last()?.rawHeaders.filter((each) => each.toLowerCase() === "accept");
    expect([peer.last()?.headers.accept, names?.length]).toEqual(["application/json", 1]);
  });

  it("test_headers_on_session_with_None_are_not_sent: null leaves a header out", async () => {
    await testSession({ headers: { "X-None": null, accept: null, "X-Some": "1" } }).session.get(peer.api.url);
    expect(["x-none", "accept", "x-some"].map((name) => peer.last()?.headers[name])).toEqual([undefined, undefined, "1"]);
  });

  it("test_header_validation: blanks within and an empty value are sent as they are", async () => {
    await testSession().session.get(peer.api.url, { headers: { foo: "bar baz qux", empty: "", bar: "fbbq;q=1" } });
    expect(["foo", "empty", "bar"].map((name) => peer.last()?.headers[name])).toEqual(["bar baz qux", "", "fbbq;q=1"]);
  });

  it("test_header_no_leading_space: in a name or a value it is an error that names the header", async () => {
    for (const headers of [{ foo: " bar" }, { " foo": "bar" }, { foo: "\tbar" }])
      expect(await failureOf(testSession().session.get(peer.api.url, { headers }))).toMatchObject({
        code: "ERR_INVALID_HEADER",
        message: expect.stringContaining("foo"),
      });
  });

  it("test_unicode_header_name: a text beyond ASCII as application/octet-stream goes out as UTF-8", async () => {
    await testSession().session.put(peer.api.url, { body: "\u00ff", headers: { "Content-Type": "application/octet-stream" } });
    expect([peer.last()?.bytes(), peer.last()?.headers["content-type"]]).toEqual([Buffer.from("\u00ff"), "application/octet-stream"]);
  });

  it.each(["GET", "HEAD"])("test_no_content_length: %s without a body has none", async (method) => {
    await testSession().session.request(method, peer.api.url);
    expect([peer.last()?.headers["content-length"], peer.last()?.headers["transfer-encoding"]]).toEqual([undefined, undefined]);
  });

  it.each(["POST", "PUT", "PATCH"])("test_empty_content_length: %s of an empty text has 0", async (method) => {
    await testSession().session.request(method, peer.api.url, { body: "" });
    expect(peer.last()?.headers["content-length"]).toBe("0");
  });

  it("test_fixes_649, test_preserve_last_key_case: one header, with the last value under the name as it was last written", async () => {
    const { session } = testSession({ headers: { accept: "application/json", spam: "blueval" } });
    await session.get(peer.api.url, { headers: { Accept: "text/plain", Spam: "redval", SPAM: "oneval" } });
    const raw = peer.last()?.rawHeaders ?? [];
    const sent = raw.flatMap((name, index) => (index % 2 === 0 && /^(?:spam|accept)$/i.test(name) ? [[name, raw[index + 1]]] : []));
    expect(sent).toEqual([
      ["Accept", "text/plain"],
      ["SPAM", "oneval"],
    ]);
    const response = await session.get(peer.api.url);
    expect([response.header("CONTENT-TYPE"), response.headers.get("Content-type")]).toEqual(Array(2).fill("text/plain; charset=utf-8"));
  });

  it("test_proxy_authorization_preserved_on_request: without a proxy the header goes to the target as the caller wrote it", async () => {
    await testSession().session.get(peer.api.url, { headers: { "Proxy-Authorization": "token abcdefgh12345678" } });
    expect(peer.last()?.headers["proxy-authorization"]).toBe("token abcdefgh12345678");
  });
});
