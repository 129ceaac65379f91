import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { basic, bearer } from "../auth/index.ts";
import { ConfigError, InvalidRequestError } from "../errors/index.ts";
import { literalSecret, openSecret, secret } from "../secrets/index.ts";
import { describeProxy, resolveProxy, type ProxyChoice, type ProxyOption } from "./index.ts";

const password = "s3cr3t-p4ss/word@#1";
const encoded = encodeURIComponent(password);
type Env = Record<string, string | undefined>;
const choose = (url: string, env: Env, option?: ProxyOption): ProxyChoice | undefined => resolveProxy(option, env).choose(new URL(url));
const chosen = (url: string, env: Env, option?: ProxyOption): string | undefined => {
  const choice = choose(url, env, option);
  return choice === undefined ? undefined : describeProxy(choice).slice("the proxy ".length);
};
const opened = async (choice: ProxyChoice | undefined): Promise<string | undefined> =>
  choice?.authorization === undefined ? undefined : openSecret(choice.authorization);
const failure = (work: () => unknown): ConfigError | InvalidRequestError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof InvalidRequestError) return error;
    throw error;
  }
  throw new Error("it did not fail");
};
const shown = (value: unknown): string =>
  [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value), String(value), value instanceof Error ? value.stack : ""].join(
    "\n",
  );

describe("the environment", () => {
  const http = "http://h.example/";
  const https = "https://h.example/";

  it.each<[Env, string, string | undefined]>([
    [{}, https, undefined],
    [{ https_proxy: "http://p:1" }, https, "http://p:1 (https_proxy)"],
    [{ HTTPS_PROXY: "http://p:1" }, https, "http://p:1 (HTTPS_PROXY)"],
    [{ HTTPS_PROXY: "http://p:1" }, http, undefined],
    [{ http_proxy: "http://p:1" }, http, "http://p:1 (http_proxy)"],
    [{ HTTP_PROXY: "http://p:1" }, http, "http://p:1 (HTTP_PROXY)"],
    [{ HTTP_PROXY: "http://p:1" }, https, undefined],
    [{ all_proxy: "http://p:1" }, https, "http://p:1 (all_proxy)"],
    [{ ALL_PROXY: "http://p:1" }, http, "http://p:1 (ALL_PROXY)"],
    [{ ALL_PROXY: "http://p:1", HTTPS_PROXY: "http://p:2" }, https, "http://p:2 (HTTPS_PROXY)"],
    [{ ALL_PROXY: "http://p:1", HTTPS_PROXY: "http://p:2" }, http, "http://p:1 (ALL_PROXY)"],
    [{ https_proxy: "http://p:1", HTTPS_PROXY: "http://p:2" }, https, "http://p:1 (https_proxy)"],
    [{ https_proxy: "", HTTPS_PROXY: "http://p:2" }, https, undefined],
    [{ https_proxy: " ", ALL_PROXY: "http://p:2" }, https, undefined],
    [{ all_proxy: "socks5h://p" }, https, "socks5://p:1080 (all_proxy)"],
    [{ HTTPS_PROXY: "p:3128" }, https, "http://p:3128 (HTTPS_PROXY)"],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, https, undefined],
    [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "example" }, https, undefined],
    [{ HTTPS_PROXY: "http://p:1", no_proxy: "", NO_PROXY: "example" }, https, "http://p:1 (HTTPS_PROXY)"],
    [{ HTTPS_PROXY: "http://p:1", no_proxy: "other.example", NO_PROXY: "*" }, https, "http://p:1 (HTTPS_PROXY)"],
    // httpoxy
    [{ REQUEST_METHOD: "GET", HTTP_PROXY: "http://p:1" }, http, undefined],
    [{ REQUEST_METHOD: "", HTTP_PROXY: "http://p:1" }, http, undefined],
    [{ REQUEST_METHOD: "GET", HTTP_PROXY: "http://p:1", ALL_PROXY: "http://p:2" }, http, "http://p:2 (ALL_PROXY)"],
    [{ REQUEST_METHOD: "GET", http_proxy: "http://p:1" }, http, "http://p:1 (http_proxy)"],
    [{ REQUEST_METHOD: "GET", HTTPS_PROXY: "http://p:1" }, https, "http://p:1 (HTTPS_PROXY)"],
  ])("%o: %s goes through %s", (env, url, expected) => {
    expect(chosen(url, env)).toBe(expected);
  });

  it("finds HTTP_PROXY in lower case on Windows, and does not trust it there under a CGI server either", () => {
    const insensitive = (env: Env): Env =>
      new Proxy(env, {
        get: (own, name) => own[Object.keys(own).find((key) => key.toLowerCase() === String(name).toLowerCase()) ?? ""],
        getOwnPropertyDescriptor: (own, name) =>
          Object.getOwnPropertyDescriptor(own, Object.keys(own).find((key) => key.toLowerCase() === String(name).toLowerCase()) ?? ""),
      });
    expect(chosen(http, insensitive({ HTTP_PROXY: "http://p:1" }))).toBe("http://p:1 (http_proxy)");
    expect(chosen(http, insensitive({ HTTP_PROXY: "http://p:1", REQUEST_METHOD: "GET" }))).toBeUndefined();
  });

  it.each([
    "localhost",
    "localhost.",
    "LOCALHOST",
    "api.localhost",
    "127.0.0.1",
    "127.8.9.1",
    "127.1",
    "0x7f000001",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "[::]",
  ])("never leads to %s, whose meaning at the proxy is another", (host) => {
    expect(chosen(`https://${host}:8443/`, { HTTPS_PROXY: "http://p:1" })).toBeUndefined();
  });

  it.each(["localhost.example", "notlocalhost", "128.0.0.1", "[::2]", "10.0.0.1"])("leads to %s", (host) => {
    expect(chosen(`https://${host}/`, { HTTPS_PROXY: "http://p:1" })).toBe("http://p:1 (HTTPS_PROXY)");
  });

  it("is read at the first question, and once", () => {
    const env: Env = { HTTPS_PROXY: "socks4://nonsense" };
    const resolver = resolveProxy(undefined, env);
    env["HTTPS_PROXY"] = "http://p:1";
    const first = resolver.choose(new URL(https));
    env["HTTPS_PROXY"] = "http://p:2";
    expect(first?.port).toBe(1);
    expect(resolver.choose(new URL("https://other.example"))).toBe(first);
  });

  it("is an error only for targets that would go through a wrong variable", () => {
    const resolver = resolveProxy(undefined, { HTTPS_PROXY: `ftp://user:${encoded}@p:1`, NO_PROXY: "internal" });
    expect(resolver.choose(new URL(http))).toBeUndefined();
    expect(resolver.choose(new URL("https://x.internal"))).toBeUndefined();
    expect(resolver.choose(new URL("https://localhost"))).toBeUndefined();
    const error = failure(() => resolver.choose(new URL(https)));
    expect(error).toMatchObject({
      name: "ConfigError",
      code: "ERR_CONFIG",
      file: "$HTTPS_PROXY",
      message: 'HTTPS_PROXY "ftp://***@p:1" has the scheme ftp',
    });
  });

  it("tells the entries of NO_PROXY that mean nothing, and heeds the others", () => {
    const resolver = resolveProxy(undefined, { HTTPS_PROXY: "http://p:1", NO_PROXY: "10.*,h.example" });
    expect([resolver.ignoredNoProxy(), resolver.choose(new URL(https))]).toEqual([["10.*"], undefined]);
  });

  it("does not read variables from a polluted Object.prototype", () => {
    const env: Env = {};
    Reflect.defineProperty(Object.prototype, "https_proxy", { value: "http://evil:1", configurable: true });
    try {
      expect(chosen(https, env)).toBeUndefined();
    } finally {
      Reflect.deleteProperty(Object.prototype, "https_proxy");
    }
  });
});

describe("the option", () => {
  const env = { HTTPS_PROXY: "http://env:1", HTTP_PROXY: "http://env:1", NO_PROXY: "*" };

  it("beats the environment: NO_PROXY and the rule for loopback do not count", () => {
    expect(chosen("https://localhost/", env, "http://own:2")).toBe("http://own:2");
    expect(chosen("http://127.0.0.1/", env, { url: "http://own:2" })).toBe("http://own:2");
    expect(chosen("https://h.example/", { ...env, NO_PROXY: "" }, false)).toBeUndefined();
  });

  it("has a noProxy of its own", () => {
    const option = { url: "http://own:2", noProxy: ["10.0.0.0/8", "internal:8443"] };
    expect(chosen("https://10.1.1.1/", env, option)).toBeUndefined();
    expect(chosen("https://a.internal:8443/", env, option)).toBeUndefined();
    expect(chosen("https://a.internal/", env, option)).toBe("http://own:2");
    expect(chosen("https://a.internal/", env, { url: "http://own:2", noProxy: "b, internal" })).toBeUndefined();
  });

  it.each([
    ["http://proxy.example", "http://proxy.example:80"],
    ["HTTP://Proxy.Example:3128/", "http://proxy.example:3128"],
    ["https://proxy.example", "https://proxy.example:443"],
    ["https://proxy.example:80", "https://proxy.example:80"],
    ["socks5://proxy.example", "socks5://proxy.example:1080"],
    ["socks5h://PROXY.example:80", "socks5://proxy.example:80"],
    ["socks5://[::1]:9050", "socks5://[::1]:9050"],
    ["http://[2001:DB8::1]", "http://[2001:db8::1]:80"],
    ["http://0x7f.1:3128", "http://127.0.0.1:3128"],
    ["proxy:3128", "http://proxy:3128"],
    ["127.0.0.1:3128", "http://127.0.0.1:3128"],
    ["user:pw@proxy:3128", "http://proxy:3128"],
    ["  http://proxy:3128\n", "http://proxy:3128"],
    ["http://u:p@ss@proxy:3128", "http://proxy:3128"],
  ])("reads %j as %s", (url, expected) => {
    expect(chosen("https://h.example/", {}, url)).toBe(expected);
  });

  it("shows the URL without userinfo, and the host as a socket wants it", () => {
    const choice = choose("https://h.example/", {}, `http://user:${encoded}@[::1]:3128`);
    expect(choice).toMatchObject({ scheme: "http", host: "::1", port: 3128, source: "proxy" });
    expect(choice?.url.href).toBe("http://[::1]:3128/");
  });

  it.each([
    ["http:/bad:3128", "is not a URL"],
    ["http://:8080", "is not a valid URL"],
    ["https://", "is not a valid URL"],
    ["http:///proxy", "has a path"],
    ["//proxy:3128", "has a path"],
    ["ftp://proxy", "has the scheme ftp"],
    ["socks4://proxy", "has the scheme socks4"],
    ["socks://proxy", "has the scheme socks"],
    ["http://proxy:99999", "is not a valid URL"],
    ["http://proxy:0", "has the port 0"],
    ["http://proxy:x", "is not a valid URL"],
    ["http://proxy/path", "has a path"],
    ["http://proxy?x", "has a path, query"],
    ["http://proxy#x", "has a path, query"],
    ["http://pro xy", "contains a space"],
    ["http://pro\txy", "contains a space"],
    ["http:\\\\proxy", "backslash"],
    ["http://a%ffb:x@proxy", "not UTF-8"],
    ["http://a%0d%0ab:x@proxy", "control character"],
    ["http://a%3ab:x@proxy", "colon"],
  ])("refuses %j before any I/O: %s", (url, problem) => {
    const error = failure(() => resolveProxy(url, {}));
    expect(error).toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_INVALID_OPTION",
      message: expect.stringMatching(/^proxy /),
      hint: expect.any(String),
    });
    expect(error.message).toContain(problem);
  });

  it.each<[unknown, string]>([
    ["", "proxy is empty"],
    [null, "proxy is null"],
    [true, "proxy is a boolean"],
    [[], "proxy is an array"],
    [{}, "proxy has no url"],
    [{ URL: "http://p" }, "proxy has an unknown setting URL"],
    [{ url: "http://p", noProxy: ["10.0.0.0/99"] }, 'proxy.noProxy has an entry that is no host or network: "10.0.0.0/99"'],
    [{ url: "http://p", noProxy: 3 }, "proxy.noProxy is neither"],
    [{ url: "http://p", auth: "user:pw" }, "proxy.auth takes basic("],
    [{ url: "http://p", auth: bearer("some-long-token") }, 'proxy.auth is "bearer"'],
    [{ url: "http://u:p@p", auth: basic("u", "some-long-password") }, "proxy.auth and a user in proxy.url"],
    [{ url: "http://p", headers: { "X A": "1" } }, 'proxy.headers "X A" is not a header name'],
    [{ url: "http://p", headers: { Host: "1" } }, 'proxy.headers "Host" cannot be set'],
    [{ url: "http://p", headers: { "X-A": "1\r\nX-B: 2" } }, 'proxy.headers "X-A" has a value'],
    [{ url: "http://p", headers: { "X-A": " 1" } }, 'proxy.headers "X-A" has a value'],
    [{ url: "http://p", headers: { "X-A": 1 } }, 'proxy.headers "X-A" has a value'],
    [{ url: "http://p", headers: [["X-A", "1"]] }, "proxy.headers is not an object"],
    [{ url: "socks5://p", headers: { "X-A": "1" } }, 'proxy.headers "X-A" cannot be sent'],
    [{ url: "http://u:some-long-password@p", headers: { "proxy-authorization": "x" } }, 'proxy.headers "proxy-authorization" and a user'],
  ])("refuses %o: %s", (option, message) => {
    expect(failure(() => resolveProxy(option as ProxyOption, {})).message).toContain(message);
  });

  it("names the nearest setting", () => {
    expect(failure(() => resolveProxy({ url: "http://p", noproxy: [] } as ProxyOption, {})).hint).toBe("Did you mean noProxy?");
  });

  it("hands on headers for the proxy, Secrets closed", () => {
    const token = literalSecret("proxy-team-token", "team");
    expect(
      choose("https://h.example", {}, { url: "http://p", headers: { "X-Team": "ops", "Proxy-Authorization": token } })?.headers,
    ).toEqual(["X-Team", "ops", "Proxy-Authorization", token]);
  });

  it("does not read settings from a polluted Object.prototype", () => {
    Reflect.defineProperty(Object.prototype, "noProxy", { value: "*", configurable: true });
    try {
      expect([chosen("https://h.example", {}, "http://p:1"), chosen("https://h.example", {}, { url: "http://p:1" })]).toEqual([
        "http://p:1",
        "http://p:1",
      ]);
    } finally {
      Reflect.deleteProperty(Object.prototype, "noProxy");
    }
  });
});

describe("credentials", () => {
  it.each([
    ["http://user:@p", "user:"],
    ["http://user@p", "user:"],
    ["http://:pass-word@p", ":pass-word"],
    [`http://user:${encoded}@p`, `user:${password}`],
    ["http://us%40er:p%C3%A4ssword@p", "us@er:p\u00e4ssword"],
    ["http://us\u00e9r:p\u00e4ssword@p", "us\u00e9r:p\u00e4ssword"],
    ["http://user:100%@p", "user:100%"],
    ["http://user:a+b:c@p", "user:a+b:c"],
  ])("of %s are %j, percent-decoded, in base64", async (url, userPass) => {
    expect(await opened(choose("https://h.example", {}, url))).toBe(`Basic ${Buffer.from(userPass).toString("base64")}`);
  });

  it("are absent without userinfo", () => {
    expect(choose("https://h.example", {}, "http://@p")?.authorization).toBeUndefined();
  });

  it("may come from a store by basic(), and are read late", async () => {
    const option = { url: "http://p", auth: basic("user", secret("env:ERRAND_TEST_PROXY_PASSWORD")) };
    const choice = choose("https://h.example", {}, option);
    process.env["ERRAND_TEST_PROXY_PASSWORD"] = "from-the-store";
    expect(await opened(choice)).toBe(`Basic ${Buffer.from("user:from-the-store").toString("base64")}`);
  });

  it("are not shown by what is chosen, nor by any error", () => {
    const urls = [
      `http://user:${encoded}@p:1`,
      `socks5://${encoded}@p:1`,
      `http://user:${encoded}@p:x`,
      `http://user:${password}@p:1`,
      `ftp://${password}:${password}@p`,
      `user:${password}`,
      `http://user:${encoded}%0a@p`,
      `http:/user:${encoded}@p`,
      `http://user:${encoded}@p/path`,
      `http://user:${encoded}@p\\@q`,
    ];
    for (const url of urls) {
      for (const variable of [undefined, "HTTPS_PROXY"]) {
        const ask = (): unknown =>
          variable === undefined ? choose("https://h.example", {}, url) : choose("https://h.example", { [variable]: url });
        let outcome: unknown;
        try {
          outcome = ask();
        } catch (error) {
          outcome = error;
        }
        for (const leak of [password, encoded, Buffer.from(password).toString("base64").slice(4, -4)])
          expect(shown(outcome)).not.toContain(leak);
      }
    }
  });

  it("are shown by no error for any password and any place of a mistake", () => {
    const characters = fc.string({ unit: fc.constantFrom(...Array.from("abcXYZ019/@#?:%\\[]. \t\u00e9")), minLength: 6, maxLength: 20 });
    fc.assert(
      fc.property(
        characters,
        fc.constantFrom("http://", "", "ftp://", "http:/", "socks5://"),
        fc.constantFrom("p:1", "p:x", "", "p/path", "[::1", "p:1\n\n2"),
        (word, scheme, host) => {
          const mark = `QQ${word}QQ`;
          try {
            resolveProxy(`${scheme}user:${mark}@${host}`, {});
          } catch (error) {
            expect(shown(error)).not.toContain("QQ");
            expect(error).toBeInstanceOf(InvalidRequestError);
          }
        },
      ),
    );
  });
});
