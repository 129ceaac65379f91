import fc from "fast-check";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { ConfigError, InvalidRequestError } from "../errors/index.ts";
import { CookieJar } from "./cookie-jar.ts";

const at = (url: string): URL => new URL(url);

/** A jar on a clock of its own, with cookies already set. */
function jarWith(...set: readonly (readonly [url: string, ...lines: string[]])[]): CookieJar & { later(ms: number): void } {
  let now = Date.UTC(2026, 0, 1);
  const jar = new CookieJar({ now: () => now });
  for (const [url, ...lines] of set) jar.store(at(url), lines);
  return Object.assign(jar, { later: (ms: number) => (now += ms) });
}

/** What goes to `target` after `line` came from `source`. */
const sent = (source: string, line: string, target: string): string | undefined => jarWith([source, line]).header(at(target));

describe("CookieJar: who gets a cookie", () => {
  it.each([
    ["back to its origin", "https://a.example.com/x", "s=1", "https://a.example.com/y/z", "s=1"],
    ["not to a host below", "https://example.com/", "s=1", "https://a.example.com/", undefined],
    ["not to a host above", "https://a.example.com/", "s=1", "https://example.com/", undefined],
    ["not to another port", "http://127.0.0.1:8080/", "s=1", "http://127.0.0.1:9090/", undefined],
    ["from http to https of the same host", "http://example.com/", "s=1", "https://example.com/", "s=1"],
    ["not from http to https on an odd port", "http://example.com/", "s=1", "https://example.com:8443/", undefined],
    ["never from https to http", "https://example.com/", "s=1", "http://example.com/", undefined],
    ["never from https to http, Domain or not", "https://example.com/", "s=1; Domain=example.com", "http://example.com/", undefined],
    ["with Domain to every host below", "https://a.example.com/", "s=1; Domain=example.com", "https://b.c.example.com/", "s=1"],
    ["with Domain to every port", "http://example.com:81/", "s=1; Domain=example.com", "http://example.com:82/", "s=1"],
    ["with Domain written in any way", "https://a.example.com/", "s=1; dOMAIN=.Example.COM", "https://example.com/", "s=1"],
    ["not to a host that only ends alike", "https://example.com/", "s=1; Domain=example.com", "https://evilexample.com/", undefined],
    [
      "to the host itself when Domain is a public suffix that the host is",
      "https://github.io/",
      "s=1; Domain=github.io",
      "https://github.io/",
      "s=1",
    ],
    ["not below a public suffix that the host is", "https://github.io/", "s=1; Domain=github.io", "https://evil.github.io/", undefined],
    ["to an address whose Domain is the address", "http://127.0.0.1:81/", "s=1; Domain=127.0.0.1", "http://127.0.0.1:81/", "s=1"],
    ["to IPv6 hosts", "http://[::1]:81/", "s=1", "http://[::1]:81/", "s=1"],
    [
      "with Domain to single-label and internal names",
      "http://a.svc.cluster.local/",
      "s=1; Domain=cluster.local",
      "http://b.svc.cluster.local/",
      "s=1",
    ],
    ["with an empty Domain to its origin", "https://example.com/", "s=1; Domain=", "https://example.com/", "s=1"],
    [
      "to a host in punycode",
      "https://müller.example.com/",
      "s=1; Domain=xn--mller-kva.example.com",
      "https://a.xn--mller-kva.example.com/",
      "s=1",
    ],
  ])("%s", (_name, source, line, target, expected) => {
    expect(sent(source, line, target)).toBe(expected);
  });

  it.each([
    ["another site", "https://example.com/", "s=1; Domain=other.com"],
    ["a host below", "https://example.com/", "s=1; Domain=a.example.com"],
    ["a sibling", "https://a.example.com/", "s=1; Domain=b.example.com"],
    ["a public suffix", "https://example.co.uk/", "s=1; Domain=co.uk"],
    ["a public suffix with dots around it", "https://example.co.uk/", "s=1; Domain=..co.uk"],
    ["a public suffix under a host with a final dot", "https://example.co.uk./", "s=1; Domain=co.uk."],
    ["a top-level domain", "https://example.com/", "s=1; Domain=com"],
    ["a private suffix", "https://mine.github.io/", "s=1; Domain=github.io"],
    ["a part of an address", "http://127.0.0.1/", "s=1; Domain=0.0.1"],
    ["a reserved top-level domain", "http://a.local/", "s=1; Domain=local"],
    ["no domain at all", "https://example.com/", "s=1; Domain=exa mple.com"],
    ["raw bytes", "https://example.com/", "s=1; Domain=ex\xe4mple.com"],
  ])("refuses a Domain that is %s", (_name, source, line) => {
    expect(jarWith([source, line]).size).toBe(0);
  });

  it.each([
    ["/docs", "/docs", true],
    ["/docs", "/docs/", true],
    ["/docs", "/docs/x", true],
    ["/docs/", "/docs/x", true],
    ["/docs/", "/docs", false],
    ["/docs", "/docsx", false],
    ["/docs", "/", false],
    ["/a%20b", "/a%20b/c", true],
    ["/admin", "/%61dmin", false],
    ["docs", "/anything", true],
  ])("matches Path=%s with %s as it is sent: %s", (path, target, isSent) => {
    expect(sent("https://h.example.com/", `s=1; Path=${path}`, `https://h.example.com${target}`)).toBe(isSent ? "s=1" : undefined);
  });

  it.each([
    ["/a/b/c", "/a/b/x", true],
    ["/a/b/c", "/a/x", false],
    ["/a", "/x", true],
    ["/a%20b/c", "/a%20b/d", true],
  ])("without Path keeps a cookie of %s for its folder: %s gets it: %s", (source, target, isSent) => {
    expect(sent(`https://h.example.com${source}`, "s=1", `https://h.example.com${target}`)).toBe(isSent ? "s=1" : undefined);
  });

  it("ignores SameSite, known or garbage: nobody else's page asks here", () => {
    const jar = jarWith(["https://example.com/", "a=1; SameSite=Strict", "b=2; SameSite=None", "c=3; SameSite=banana"]);
    expect(jar.header(at("https://example.com/"))).toBe("a=1; b=2; c=3");
    expect(jar.list().map((cookie) => cookie.sameSite)).toEqual(["strict", "none", undefined]);
  });
});

describe("CookieJar: what a server may set", () => {
  it.each([
    ["Secure over http", "http://example.com/", "s=1; Secure", false],
    ["Secure over http on loopback", "http://127.0.0.1:8080/", "s=1; Secure", false],
    ["__Secure- without Secure", "https://example.com/", "__Secure-s=1", false],
    ["__Secure- with Secure", "https://example.com/", "__Secure-s=1; Secure", true],
    ["__Host- with all it promises", "https://example.com/", "__Host-s=1; Secure; Path=/", true],
    ["__Host- without Path", "https://example.com/", "__Host-s=1; Secure", false],
    ["__Host- below", "https://example.com/", "__Host-s=1; Secure; Path=/x", false],
    ["__Host- with Domain", "https://example.com/", "__Host-s=1; Secure; Path=/; Domain=example.com", false],
    ["__host- in small letters", "https://example.com/", "__host-s=1; Path=/", false],
    ["__Host- over http", "http://example.com/", "__Host-s=1; Secure; Path=/", false],
    ["no name", "https://example.com/", "=1", false],
    ["no equals sign", "https://example.com/", "s", false],
    ["an empty line", "https://example.com/", "", false],
    ["an empty value", "https://example.com/", "s=", true],
    ["4096 bytes", "https://example.com/", `s=${"x".repeat(4095)}`, true],
    ["4097 bytes", "https://example.com/", `s=${"x".repeat(4096)}`, false],
    ["a line of 8193 bytes", "https://example.com/", `s=1; x=${"y".repeat(8186)}`, false],
    ["a line break", "https://example.com/", "s=1\r\nX-Evil: 1", false],
    ["a NUL in an attribute", "https://example.com/", "s=1; Path=/\0", false],
    ["a character beyond latin-1", "https://example.com/", "s=日", false],
  ])("%s from %s", (_name, source, line, isKept) => {
    expect(jarWith([source, line]).size).toBe(isKept ? 1 : 0);
  });

  it("sends back what came, byte for byte: percent signs, quotes, raw UTF-8, inner equals signs", () => {
    const jar = jarWith(["https://example.com/", "a=%0d%0aSet-Cookie: x=1", 'b="bar:baz"', "c=voil\xc3\xa0", "d=x==", "e = padded\t "]);
    expect(jar.header(at("https://example.com/"))).toBe('a=%0d%0aSet-Cookie: x=1; b="bar:baz"; c=voil\xc3\xa0; d=x==; e=padded');
  });

  it("sends the longest path first, then the oldest, and keeps the age of one that is set again", () => {
    const jar = jarWith(["https://example.com/", "a=1", "b=2", "c=3; Path=/deep", "a=4"]);
    expect(jar.header(at("https://example.com/deep"))).toBe("c=3; a=4; b=2");
  });

  it("lets nobody over http replace, hide or delete what came over https", () => {
    const jar = jarWith(["https://example.com/", "s=1; Domain=example.com"], ["https://www.example.com/", "t=1"]);
    jar.store(at("http://www.example.com/"), [
      "s=evil; Domain=example.com",
      "s=evil",
      "s=x; Max-Age=0; Domain=example.com",
      "t=evil",
      "u=fine",
    ]);
    expect(jar.header(at("https://www.example.com/"))).toBe("s=1; t=1; u=fine");
  });

  it("keeps one cookie, not two, when a host goes over to https", () => {
    const jar = jarWith(["http://example.com/", "s=1"], ["https://example.com/", "s=2"]);
    expect([jar.header(at("https://example.com/")), jar.size]).toEqual(["s=2", 1]);
  });

  it("forgets what the server deletes", () => {
    const jar = jarWith(["https://example.com/", "a=1", "b=2", "c=3", "d=4"]);
    jar.store(at("https://example.com/"), [
      "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "b=; Max-Age=0",
      "c=; Max-Age=-1",
      "d=; Max-Age=-99999999999999999999999",
    ]);
    expect([jar.header(at("https://example.com/")), jar.size]).toEqual([undefined, 0]);
  });
});

describe("CookieJar: how long", () => {
  it("counts Max-Age from the moment it came, however often the cookie is used, and prefers it to Expires", () => {
    const jar = jarWith(["https://example.com/", "s=1; Max-Age=60; Expires=Thu, 01 Jan 2099 00:00:00 GMT"]);
    for (let second = 0; second < 59; second += 1) {
      jar.later(1000);
      expect(jar.header(at("https://example.com/"))).toBe("s=1");
    }
    jar.later(1000);
    expect([jar.header(at("https://example.com/")), jar.size]).toEqual([undefined, 0]);
  });

  it.each([
    ["Expires=Thu, 01-Jan-26 00:01:00 GMT", 60_000],
    ["Expires=Thu Jan  1 00:01:00 2026", 60_000],
    ["Expires=never", undefined],
    ["Max-Age=1.5", undefined],
    ["Max-Age=0x10", undefined],
    ["Max-Age=99999999999999999999999999", 8_640_000_000_000_000 - Date.UTC(2026, 0, 1)],
    ["", undefined],
  ])("reads %j", (attribute, lifetimeMs) => {
    const [cookie] = jarWith(["https://example.com/", `s=1; ${attribute}`]).list();
    expect(cookie?.expiresAt).toBe(lifetimeMs === undefined ? undefined : Date.UTC(2026, 0, 1) + lifetimeMs);
  });
});

describe("CookieJar: how much", () => {
  const limits = { cookiesPerDomain: 3, bytesPerDomain: 100, cookies: 5, bytes: 160 };
  const names = (jar: CookieJar): string[] => jar.list().map((cookie) => cookie.name);

  it("drops the least recently used of a domain that sets too many", () => {
    const jar = new CookieJar({ limits });
    jar.store(at("http://a.example.com/"), ["a=1; Path=/a", "b=1; Path=/b", "c=1; Path=/c"]);
    jar.header(at("http://a.example.com/a"));
    jar.store(at("http://a.example.com/"), "d=1");
    expect(names(jar)).toEqual(["a", "c", "d"]);
  });

  it("drops expired ones first, and those that are https-only last", () => {
    let now = 0;
    const jar = new CookieJar({ limits, now: () => now });
    jar.store(at("https://a.example.com/"), ["secure=1; Domain=a.example.com", "brief=1; Domain=a.example.com; Max-Age=1"]);
    jar.store(at("http://a.example.com/"), "plain=1; Domain=a.example.com");
    now = 2000;
    jar.store(at("http://a.example.com/"), "plain2=1; Domain=a.example.com");
    expect(names(jar)).toEqual(["secure", "plain", "plain2"]);
    jar.store(at("http://a.example.com/"), "plain3=1; Domain=a.example.com");
    expect(names(jar)).toEqual(["secure", "plain2", "plain3"]);
  });

  it("keeps to the bytes of a domain, and to the count and the bytes in all", () => {
    const jar = new CookieJar({ limits });
    jar.store(at("http://a.example.com/"), [`a=${"x".repeat(60)}`, `b=${"x".repeat(60)}`]);
    expect(names(jar)).toEqual(["b"]);
    for (const host of ["c", "d", "e", "f"]) jar.store(at(`http://${host}.example.com/`), `${host}=1`);
    expect(names(jar)).toEqual(["b", "c", "d", "e", "f"]);
    jar.store(at("http://g.example.com/"), "g=1");
    expect(names(jar)).toEqual(["c", "d", "e", "f", "g"]);
    jar.store(at("http://h.example.com/"), `h=${"x".repeat(90)}`);
    jar.store(at("http://i.example.com/"), `i=${"x".repeat(90)}`);
    expect(names(jar)).toEqual(["i"]);
  });

  it("stays small whatever 10,000 lines a server sends, quickly", () => {
    const jar = new CookieJar();
    const started = performance.now();
    for (let host = 0; host < 100; host += 1) {
      jar.store(
        at(`http://h${host}.example.com/`),
        Array.from({ length: 100 }, (_, index) => `c${index}=${"x".repeat(900)}`),
      );
    }
    expect(jar.size).toBeLessThanOrEqual(3000);
    expect(jar.list().reduce((bytes, { name, value }) => bytes + name.length + value.length, 0)).toBeLessThanOrEqual(1_048_576);
    expect(jar.header(at("http://h99.example.com/"))?.length).toBeLessThanOrEqual(33_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("CookieJar: in a script's hands", () => {
  it("says which of several cookies of a name is meant, and asks when it cannot know", () => {
    const jar = jarWith(["https://a.example.com/", "s=1", "s=2; Path=/x", "s=3; Domain=example.com", "t=9"]);
    expect([jar.get("t"), jar.get("none"), jar.get("s", { path: "/x" }), jar.get("s", { domain: "example.com" })]).toEqual([
      "9",
      undefined,
      "2",
      "3",
    ]);
    expect(() => jar.get("s")).toThrow(InvalidRequestError);
    expect(() => jar.get("s", { domain: "a.example.com" })).toThrow(
      '2 cookies are named "s": https://a.example.com/, https://a.example.com/x',
    );
  });

  it("keeps the attributes", () => {
    const [cookie] = jarWith([
      "https://a.example.com/",
      "s=1; Domain=example.com; Path=/p; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
    ]).list();
    expect(cookie).toEqual({
      name: "s",
      value: "1",
      origin: "https://a.example.com",
      domain: "example.com",
      path: "/p",
      expiresAt: Date.UTC(2026, 0, 1, 0, 1),
      isSecure: true,
      isHttpOnly: true,
      sameSite: "lax",
    });
  });

  it("shows no cookie in text, JSON or inspection", () => {
    const jar = jarWith(["https://example.com/", "session=hunter2-very-secret"]);
    for (const shown of [String(jar), JSON.stringify({ jar }), inspect({ jar }, { depth: 9, showHidden: true })]) {
      expect(shown).toContain("[cookie jar: 1 cookie]");
      expect(shown).not.toMatch(/hunter2|session/);
    }
  });

  it("is written down and restored, as an object or as JSON", () => {
    const jar = new CookieJar();
    jar.store(at("https://a.example.com/"), [
      "s=1; Domain=example.com; Max-Age=60; HttpOnly; SameSite=Lax",
      "__Host-t=2; Secure; Path=/",
      "u=3; Path=/x",
    ]);
    jar.store(at("http://127.0.0.1:8080/"), "v=4");
    const saved = jar.serialize();
    for (const restored of [CookieJar.restore(saved), CookieJar.restore(JSON.stringify(saved))]) {
      const strip = (each: CookieJar): unknown[] =>
        each.list().map((cookie) => ({ ...cookie, expiresAt: Math.trunc((cookie.expiresAt ?? 0) / 1000) }));
      expect(strip(restored)).toEqual(strip(jar));
    }
    jar.clear();
    expect([jar.size, jar.header(at("https://a.example.com/")), jar.serialize().cookies]).toEqual([0, undefined, []]);
  });

  it("does not restore what its rules refuse, nor what has expired", () => {
    const restored = CookieJar.restore({
      version: 1,
      cookies: [
        { origin: "https://a.co.uk", setCookie: "s=1; Domain=co.uk" },
        { origin: "https://a.co.uk", setCookie: "t=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT" },
      ],
    });
    expect(restored.size).toBe(0);
  });

  it.each([
    ["secret-value-123", "saved cookies are not JSON"],
    ["[]", "saved cookies are not of the form"],
    ['{"version":2,"cookies":[]}', "saved cookies are not of the form"],
    ['{"version":1,"cookies":[7]}', "cookies[0] is not an object"],
    ['{"version":1,"cookies":[{"origin":"file:///x","setCookie":"secret-value-123"}]}', "cookies[0].origin is not an http or https URL"],
    ['{"version":1,"cookies":[{"origin":"https://h","setCookie":{"secret-value-123":1}}]}', "cookies[0].setCookie is not a text"],
  ])("refuses to restore %s, without quoting it", (saved, message) => {
    expect(() => CookieJar.restore(saved)).toThrow(ConfigError);
    expect(() => CookieJar.restore(saved)).toThrow(message);
    try {
      CookieJar.restore(saved);
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain("secret-value-123");
    }
  });
});

describe("CookieJar: whatever servers send", () => {
  const unit = fc.oneof(
    fc.constantFrom(";", "=", " ", "\t", "\r", "\n", "\0", "%", '"', "Path", "Domain", "Secure", "Max-Age", "/", ".", ",", "é", "日"),
    fc.string({ maxLength: 2 }),
  );
  const line = fc.string({ unit, maxLength: 40 });

  it("sends nothing that breaks a header, and restores what it holds", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const jar = jarWith(["https://a.example.com/x/y", ...lines]);
        const header = jar.header(at("https://a.example.com/x/y/z"));
        expect(header === undefined || /^[\t\x20-\x7e\x80-\xff]+$/.test(header)).toBe(true);
        const again = CookieJar.restore(JSON.stringify(jar.serialize()), { now: () => Date.UTC(2026, 0, 1) });
        expect(again.header(at("https://a.example.com/x/y/z"))).toBe(header);
      }),
      { numRuns: timesTheRuns(5) },
    );
  });

  it("never gives one site's cookies to another", () => {
    const hosts = [
      "a.example.com",
      "example.com",
      "b.example.com",
      "other.com",
      "example.co.uk",
      "co.uk",
      "mine.github.io",
      "127.0.0.1",
      "127.0.0.2",
      "localhost",
    ];
    const site = (host: string): string => (/^[\d.]+$/.test(host) ? host : host.endsWith("example.com") ? "example.com" : host);
    fc.assert(
      fc.property(fc.constantFrom(...hosts), fc.constantFrom(...hosts, "com", ".uk", ""), fc.constantFrom(...hosts), (from, domain, to) => {
        fc.pre(site(from) !== site(to));
        expect(sent(`https://${from}/`, `s=1; Domain=${domain}`, `https://${to}/`)).toBeUndefined();
      }),
    );
  });
});
