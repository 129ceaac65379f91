// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py, test_adapters.py, test_utils.py: proxies), black-box,
// under their upstream names. Where errand decides otherwise on purpose the title says so.
import { beforeAll, describe, expect, it } from "vitest";
import { resolveProxy } from "../../src/proxy/index.ts";
import { TestAuthority, type Identity } from "../certificates.ts";
import { closedPort, headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";
import { proxyEnvironment, socksProxy, targetOf, tunnelProxy } from "./tunnel-proxy.ts";

const peer = scripted();

let root: TestAuthority;
let identity: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Peers Root");
  identity = await root.issue({ name: "h.example", names: [{ type: "dns", value: "h.example" }] });
});

/** Which of the URLs the variables take past the proxy. */
const bypassed = (urls: readonly string[], variables: Readonly<Record<string, string>>): string[] => {
  const proxies = resolveProxy(undefined, { http_proxy: "http://proxy:3128", https_proxy: "http://proxy:3128", ...variables });
  return urls.filter((url) => proxies.choose(new URL(url)) === undefined);
};

describe("test_lowlevel.py, test_adapters.py: proxies of the environment", () => {
  it.each(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])(
    "test_use_proxy_from_environment: %s takes http to the proxy",
    async (name) => {
      const proxy = await tunnelProxy(0);
      proxyEnvironment({ [name]: proxy.url });
      expect(await testSession().session.get("http://h.example/").text()).toBe("forwarded http://h.example/");
    },
  );

  it.each(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])(
    "test_use_proxy_from_environment: %s takes https to the proxy",
    async (name) => {
      const target = await raw(({ socket }) => void socket.write(reply("200 OK", "secure")), { tls: identity });
      const proxy = await tunnelProxy(target.port);
      proxyEnvironment({ [name]: proxy.url });
      expect(
        await testSession({ tls: { ca: root.cert } })
          .session.get("https://h.example/")
          .text(),
      ).toBe("secure");
      expect(proxy.heads.map(targetOf)).toEqual(["h.example:443"]);
    },
  );

  it.each<[string, string]>([
    ["test_proxy_env_vars_override_default: http_proxy", "http_proxy"],
    ["test_proxy_env_vars_override_default: https_proxy", "https_proxy"],
    ["test_proxy_env_vars_override_default: all_proxy, for both schemes", "all_proxy"],
  ])("%s names a SOCKS proxy for its scheme", async (_title, name) => {
    const target = await raw(
      ({ socket }) => void socket.write(reply("200 OK", "through SOCKS")),
      name === "https_proxy" ? { tls: identity } : {},
    );
    const socks = await socksProxy(target.port);
    proxyEnvironment({ [name]: `socks5://127.0.0.1:${socks.port}` });
    const scheme = name === "https_proxy" ? "https" : "http";
    expect(
      await testSession({ tls: { ca: root.cert } })
        .session.get(`${scheme}://h.example/`)
        .text(),
    ).toBe("through SOCKS");
    expect(socks.asked).toEqual(["h.example"]);
    const proxies = resolveProxy(undefined, { [name]: `socks5://127.0.0.1:${socks.port}` });
    expect(["http", "https"].filter((each) => proxies.choose(new URL(`${each}://h.example`))?.scheme === "socks5")).toEqual(
      name === "all_proxy" ? ["http", "https"] : [scheme],
    );
  });

  it.each<[string, (url: string) => string]>([
    ["test_respect_proxy_env_on_get: a URL", () => "http://h.example/"],
    ["test_respect_proxy_env_on_send_self_prepared_request: a URL object of the caller's", () => "http://h.example/prepared"],
    ["test_respect_proxy_env_on_send_with_redirects: the target of a redirect", (url) => `${url}/redirect`],
  ])("%s goes to the proxy that the environment names, even one that is not there", async (_title, urlFrom) => {
    proxyEnvironment({ http_proxy: `http://127.0.0.1:${await closedPort()}` });
    peer.api.on("GET /redirect").redirect("http://h.example/");
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(new URL(urlFrom(peer.api.url))))).toMatchObject({ name: "ProxyError", code: "ERR_PROXY" });
  });
});

describe("test_requests.py, test_utils.py: the URL of a proxy", () => {
  it("test_proxy_auth_empty_pass: a user without a password is sent as one", async () => {
    const proxy = await tunnelProxy(0);
    await testSession({ proxy: proxy.url.replace("//", "//user:@") }).session.get("http://h.example/");
    expect(headerIn(proxy.heads[0] ?? "", "proxy-authorization")).toBe("Basic dXNlcjo=");
  });

  it("test_proxy_error: a proxy whose name nobody knows", async () => {
    const lookup = (_host: string, _options: unknown, done: (error: Error, found: never[]) => void): void =>
      done(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }), []);
    const { session } = testSession({ retry: false, proxy: "http://non-resolvable-address.test:3128" }, { lookup });
    expect(await failureOf(session.get("http://h.example/"))).toMatchObject({
      name: "ProxyError",
      message: expect.stringContaining("non-resolvable-address.test"),
    });
  });

  it.each(["http:/badproxyurl:3128", "http://:8080", "https://", "http:///example.com:8080"])(
    "test_proxy_error_on_bad_url: %s is refused before any call",
    (url) => {
      expect(() => testSession({ proxy: url })).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringContaining("proxy") }),
      );
    },
  );

  it("test_prepend_scheme_if_needed: a proxy given as host and port is an http proxy", async () => {
    const proxy = await tunnelProxy(0);
    const { session } = testSession({ proxy: `127.0.0.1:${proxy.port}` });
    expect(await session.get("http://h.example/").text()).toBe("forwarded http://h.example/");
  });

  it("test_prepend_scheme_if_needed (errand refuses slashes without a scheme, and a path)", () => {
    for (const url of ["//127.0.0.1:3128", "//example.com/path", "http://example.com/path"])
      expect(() => testSession({ proxy: url })).toThrow(expect.objectContaining({ code: "ERR_INVALID_OPTION" }));
  });
});

describe("test_utils.py: what is reached without the proxy", () => {
  it("test_bypass_no_proxy_keyword: names below those of the option noProxy, and its addresses", () => {
    const proxies = resolveProxy({ url: "http://proxy:3128", noProxy: "192.168.1.1,requests.com" }, {});
    const urls = ["http://www.requests.com/", "http://requests.com/", "http://192.168.1.1:5000/"];
    expect(urls.filter((url) => proxies.choose(new URL(url)) !== undefined)).toEqual([]);
  });

  it("test_not_bypass: other hosts", () => {
    const urls = [
      "http://192.168.0.1:5000/",
      "http://192.168.0.1/",
      "http://www.requests.com/",
      "http://172.16.1.1/",
      "http://evilrequests.com/",
    ];
    expect(bypassed(urls, { no_proxy: "192.168.1.0/24,api.requests.com,172.16.1.2" })).toEqual([]);
  });

  it("test_not_bypass_no_proxy_keyword: beside the option the environment's list does not count", () => {
    const env = { http_proxy: "http://other:3128", no_proxy: "192.168.1.1,requests.com" };
    const proxies = resolveProxy({ url: "http://proxy:3128", noProxy: "192.168.1.2" }, env);
    const urls = ["http://192.168.1.1/", "http://www.requests.com/", "http://192.168.1.2/"];
    expect(urls.map((url) => proxies.choose(new URL(url))?.host)).toEqual(["proxy", "proxy", undefined]);
  });

  it("test_should_bypass_proxies_no_proxy_domain_boundary: whole labels, and a port where one is named", () => {
    const past = [
      "http://anotherdomain.com/",
      "http://www.anotherdomain.com/",
      "http://newdomain.com:1234/",
      "http://d.o.t/",
      "http://a.d.o.t/",
    ];
    const through = [
      "http://prelocalhost.com/",
      "http://preanotherdomain.com/",
      "http://newdomain.com:1235/",
      "http://newdomain.com/",
      "http://xd.o.t/",
    ];
    expect(bypassed([...past, ...through], { no_proxy: "localhost, anotherdomain.com, newdomain.com:1234, .d.o.t" })).toEqual(past);
  });

  it("test_should_bypass_proxies_pass_only_hostname: user, port and path say nothing", () => {
    const urls = [
      "http://172.16.1.1/",
      "http://172.16.1.1:5000/",
      "http://user:pass@172.16.1.1/",
      "http://user:pass@172.16.1.1:5000/172.16.1.9",
    ];
    expect(bypassed(urls, { no_proxy: "172.16.1.1" })).toEqual(urls);
    expect(bypassed(["http://172.16.1.1:x@other.example/", "http://other.example/?172.16.1.1"], { no_proxy: "172.16.1.1" })).toEqual([]);
  });
});
