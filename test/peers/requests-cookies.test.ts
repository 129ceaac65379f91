// The behaviours that psf/requests tests (tests/test_requests.py, cookies), black-box, under their upstream names. Where errand decides
// otherwise on purpose the title says so.
import { describe, expect, it } from "vitest";
import { CookieJar } from "../../src/cookies/index.ts";
import { testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();
const sent = (): (string | undefined)[] => peer.api.calls.map(({ headers }) => headers.cookie);

describe("test_requests.py: cookies between calls", () => {
  it("test_set_cookie_on_301: what a redirect sets is on the next request, and stays", async () => {
    peer.api.on("GET /set").reply({ status: 301, headers: { location: "/get", "set-cookie": "foo=bar; Path=/" } });
    const { session } = testSession({ cookies: true });
    await session.get(`${peer.api.url}/set`);
    await session.get(`${peer.api.url}/later`);
    expect(sent()).toEqual([undefined, "foo=bar", "foo=bar"]);
  });

  it("test_cookie_sent_on_redirect: a cookie of the session goes along", async () => {
    peer.api.on("GET /set").reply({ headers: { "set-cookie": "foo=bar; Path=/" } });
    peer.api.on("GET /redirect").redirect("/get");
    const { session } = testSession({ cookies: true });
    await session.get(`${peer.api.url}/set`);
    await session.get(`${peer.api.url}/redirect`);
    expect(sent()).toEqual([undefined, "foo=bar", "foo=bar"]);
  });

  it("test_cookie_persists_via_api: the Cookie header of one call is on both of its hops", async () => {
    peer.api.on("GET /redirect").redirect("/get");
    await testSession().session.get(`${peer.api.url}/redirect`, { headers: { Cookie: "foo=bar" } });
    expect(sent()).toEqual(["foo=bar", "foo=bar"]);
  });

  it("test_cookie_removed_on_expire: a date of 1970 takes it out of the jar", async () => {
    peer.api.on("GET /set").reply({ headers: { "set-cookie": "foo=bar; Path=/" } });
    peer.api.on("GET /expire").reply({ headers: { "set-cookie": "foo=deleted; Path=/; Expires=Thu, 01-Jan-1970 00:00:01 GMT" } });
    const jar = new CookieJar();
    const { session } = testSession({ cookies: jar });
    await session.get(`${peer.api.url}/set`);
    expect(jar.get("foo")).toBe("bar");
    await session.get(`${peer.api.url}/expire`);
    await session.get(`${peer.api.url}/get`);
    expect([jar.get("foo"), sent().at(-1)]).toEqual([undefined, undefined]);
  });

  it("test_cookie_quote_wrapped: quotes are part of the value", async () => {
    peer.api.on("GET /set").reply({ headers: { "set-cookie": 'foo="bar:baz"; Path=/' } });
    const jar = new CookieJar();
    const { session } = testSession({ cookies: jar });
    await session.get(`${peer.api.url}/set`);
    await session.get(`${peer.api.url}/get`);
    expect([jar.get("foo"), sent().at(-1)]).toEqual(['"bar:baz"', 'foo="bar:baz"']);
  });

  it("test_request_cookie_overrides_session_cookie: for that call alone", async () => {
    peer.api.on("GET /set").reply({ headers: { "set-cookie": "foo=bar; Path=/" } });
    const jar = new CookieJar();
    const { session } = testSession({ cookies: jar });
    await session.get(`${peer.api.url}/set`);
    await session.get(`${peer.api.url}/get`, { headers: { Cookie: "foo=baz" } });
    await session.get(`${peer.api.url}/get`);
    expect([sent(), jar.get("foo")]).toEqual([[undefined, "foo=baz", "foo=bar"], "bar"]);
  });
});

describe("test_requests.py: jars", () => {
  it("test_param_cookiejar_works: a jar that the caller filled", async () => {
    const jar = new CookieJar();
    jar.store(new URL(peer.api.url), "foo=bar");
    await testSession({ cookies: jar }).session.get(`${peer.api.url}/get`);
    expect(sent()).toEqual(["foo=bar"]);
  });

  it("test_cookie_parameters: Domain, Path, Secure and HttpOnly are kept", () => {
    const jar = new CookieJar();
    jar.store(new URL("https://www.test.com/"), "some_cookie=some_value; Domain=test.com; Path=/a; Secure; HttpOnly");
    expect(jar.list()).toMatchObject([
      { name: "some_cookie", value: "some_value", domain: "test.com", path: "/a", isSecure: true, isHttpOnly: true },
    ]);
  });

  it("test_cookie_duplicate_names_raises_cookie_conflict_error: get() says which place is to be named", () => {
    const jar = new CookieJar();
    jar.store(new URL("http://example.com/"), ["foo=1; Path=/a", "foo=2; Path=/b"]);
    expect(() => jar.get("foo")).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringContaining('2 cookies are named "foo"') }),
    );
    expect(jar.get("foo", { path: "/b" })).toBe("2");
  });

  it("test_max_age_valid_int: Max-Age becomes a date", () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const jar = new CookieJar({ now: () => nowMs });
    jar.store(new URL("http://example.com/"), "foo=bar; Max-Age=60");
    expect(jar.list()[0]?.expiresAt).toBe(nowMs + 60_000);
    nowMs += 60_001;
    expect(jar.get("foo")).toBeUndefined();
  });
});
