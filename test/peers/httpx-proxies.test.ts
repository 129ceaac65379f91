// The behaviours that encode/httpx tests (tests/client/test_proxies.py, tests/test_utils.py: proxies), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { resolveProxy } from "../../src/proxy/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { proxyEnvironment, socksProxy, tunnelProxy } from "./tunnel-proxy.ts";

/** True where the request goes through the proxy. */
const isProxied = (url: string, noProxy: string): boolean =>
  resolveProxy(undefined, { http_proxy: "http://proxy:1", https_proxy: "http://proxy:1", no_proxy: noProxy }).choose(new URL(url)) !==
  undefined;

describe("tests/client/test_proxies.py", () => {
  it("test_proxies_environ[NO_PROXY *]: nothing goes through the proxy", async () => {
    const target = await raw(({ socket }) => void socket.write(reply("200 OK", "direct")));
    const proxy = await tunnelProxy(0);
    proxyEnvironment({ HTTP_PROXY: proxy.url, NO_PROXY: "*" });
    const { session } = testSession({}, { lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
    expect(await session.get(`http://example.com:${target.port}/`).text()).toBe("direct");
    expect(proxy.accepted).toBe(0);
  });

  it.each<[string, string, string, boolean]>([
    ["test_proxies_environ[NO_PROXY suffix]: a name below the entry is past the proxy", "http://courses.mit.edu/", "mit.edu", false],
    ["test_proxies_environ[NO_PROXY suffix]: a name that begins like it goes through", "https://mit.edu.info/", "mit.edu", true],
    ["test_proxies_environ[NO_PROXY suffix]: one that ends like it, within a label, too", "https://summit.edu/", "mit.edu", true],
    ["test_proxies_environ[NO_PROXY suffix]: several entries", "https://mit.edu/", "example.com, mit.edu", false],
  ])("%s", (_title, url, noProxy, isThrough) => {
    expect(isProxied(url, noProxy)).toBe(isThrough);
  });

  it.each(["socks5", "socks5h"])("test_socks_proxy: %s:// sends the name to the proxy", async (scheme) => {
    const target = await raw(({ socket }) => void socket.write(reply("200 OK", "through SOCKS")));
    const socks = await socksProxy(target.port);
    const { session } = testSession({ proxy: `${scheme}://127.0.0.1:${socks.port}` });
    expect([await session.get("http://h.example/").text(), socks.asked]).toEqual(["through SOCKS", ["h.example"]]);
  });

  it("test_unsupported_proxy_scheme: ftp:// is refused, as an option at once, in the environment at the call", async () => {
    expect(() => testSession({ proxy: "ftp://127.0.0.1:1" })).toThrow(expect.objectContaining({ code: "ERR_INVALID_OPTION" }));
    proxyEnvironment({ HTTP_PROXY: "ftp://127.0.0.1:1" });
    expect(await failureOf(testSession().session.get("http://h.example/"))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("HTTP_PROXY"),
    });
  });
});

describe("tests/test_utils.py", () => {
  it("test_get_environment_proxies[no_proxy ::1]: addresses of IPv6, with brackets and without", () => {
    const proxies = resolveProxy({ url: "http://proxy:1", noProxy: ["::1", "[2001:db8::1]", "fd00::2"] }, {});
    const urls = ["http://[::1]/", "http://[0:0:0:0:0:0:0:1]:8080/", "http://[2001:db8::1]/", "http://[fd00::2]/", "http://[fd00::3]/"];
    expect(urls.map((url) => proxies.choose(new URL(url))?.host)).toEqual([undefined, undefined, undefined, undefined, "proxy"]);
    expect(isProxied("http://[fd00::2]/", "fd00::2")).toBe(false);
  });

  it.each<[string, string, string, boolean]>([
    ["test_url_matches: a name matches itself", "example.com", "http://example.com", true],
    ["test_url_matches: whatever the scheme", "example.com", "https://example.com", true],
    ["test_url_matches: whatever the port", "example.com", "http://example.com:123", true],
    ["test_url_matches: another name does not match", "example.com", "http://other.com", false],
    ["test_url_matches: a port matches itself", "example.com:123", "http://example.com:123", true],
    ["test_url_matches: another port does not match", "example.com:123", "http://example.com:456", false],
    ["test_url_matches: no port is the scheme's own", "example.com:443", "https://example.com", true],
    ["test_url_matches: of another scheme it is not", "example.com:443", "http://example.com", false],
    ["test_url_matches: everything", "*", "http://example.com", true],
    ["test_url_matches: everything, https too", "*", "https://example.com", true],
    ["test_url_matches: names below", "*.example.com", "http://www.example.com", true],
    ["test_url_matches: names that only end alike do not", "*.example.com", "http://wwwexample.com", false],
  ])("%s", (_title, entry, url, isMatch) => {
    expect(isProxied(url, entry)).toBe(!isMatch);
  });
});
