// The behaviours that psf/requests tests (tests/test_requests.py, headers and auth), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { basic } from "../../src/auth/index.ts";
import { failureOf, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py: headers and auth", () => {
  it("test_BASICAUTH_TUPLE_HTTP_200_OK_GET, test_prepared_from_session", async () => {
    peer.api.on("GET /basic").reply(({ headers }) => ({
      status: headers.authorization === `Basic ${Buffer.from("user:pass-word-1").toString("base64")}` ? 200 : 401,
    }));
    const { session } = testSession();
    expect((await session.get(`${peer.api.url}/basic`, { auth: basic("user", "pass-word-1") })).status).toBe(200);
    expect((await session.get(`${peer.api.url}/basic`)).status).toBe(401);
    expect((await session.extend({ auth: basic("user", "pass-word-1") }).get(`${peer.api.url}/basic`)).status).toBe(200);
    const custom = session.extend({ auth: { scheme: "custom", sign: (request) => request.setHeader("Dummy-Auth-Test", "dummy") } });
    await custom.get(peer.api.url);
    expect(peer.last()?.headers["dummy-auth-test"]).toBe("dummy");
  });

  it("test_basicauth_encodes_byte_strings: user and password are UTF-8", async () => {
    const { session } = testSession();
    await session.get(peer.api.url, { auth: basic("Ѓ", "пароль-1") });
    expect(Buffer.from(String(peer.last()?.headers.authorization).slice(6), "base64").toString()).toBe("Ѓ:пароль-1");
  });

  it("test_user_agent_transfers, test_fixes_1329, test_headers_on_session_with_None_are_not_sent", async () => {
    const { session } = testSession({ headers: { ACCEPT: "application/json", accept: "application/xml", "X-None": null } });
    for (const name of ["User-agent", "user-agent"]) {
      await session.get(peer.api.url, { headers: { [name]: "Mozilla/5.0" } });
      expect(peer.last()?.rawHeaders.filter((each) => each.toLowerCase() === "user-agent")).toHaveLength(1);
      expect([peer.last()?.headers["user-agent"], peer.last()?.headers.accept, peer.last()?.headers["x-none"]]).toEqual([
        "Mozilla/5.0",
        "application/xml",
        undefined,
      ]);
    }
  });

  it("test_header_validation, test_header_no_leading_space, test_unicode_header_name", async () => {
    const { session } = testSession();
    await session.get(peer.api.url, { headers: { foo: "bar baz qux", empty: "" } });
    expect([peer.last()?.headers["foo"], peer.last()?.headers["empty"]]).toEqual(["bar baz qux", ""]);
    for (const headers of [{ foo: " bar" }, { " foo": "bar" }])
      expect(await failureOf(session.get(peer.api.url, { headers }))).toMatchObject({ code: "ERR_INVALID_HEADER" });
    await session.put(peer.api.url, { body: "\xff", headers: { "Content-Type": "application/octet-stream" } });
    expect(peer.last()?.bytes()).toEqual(Buffer.from("\xff"));
  });

  it("test_no_content_length, test_empty_content_length", async () => {
    const { session } = testSession();
    for (const method of ["GET", "HEAD"]) {
      await session.request(method, peer.api.url);
      expect(peer.last()?.headers["content-length"]).toBeUndefined();
    }
    for (const method of ["POST", "PUT", "PATCH"]) {
      await session.request(method, peer.api.url, { body: "" });
      expect(peer.last()?.headers["content-length"]).toBe("0");
    }
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
