import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { literalSecret } from "../secrets/index.ts";
import type { Params } from "./options.ts";
import { parseBase, resolveURL } from "./resolve-url.ts";

const base = parseBase("https://h.example/api/v1");
const below = (target: string | URL, options: { params?: readonly Params[]; allowAbsolute?: boolean } = {}): string =>
  resolveURL(target, { base, params: [], allowAbsolute: false, ...options }).url.href;
const absolute = (target: string | URL, params: readonly Params[] = []): string =>
  resolveURL(target, { base: undefined, params, allowAbsolute: false }).url.href;

describe("a path under a base", () => {
  it.each([
    ["users", "https://h.example/api/v1/users"],
    ["/users", "https://h.example/api/v1/users"],
    ["", "https://h.example/api/v1"],
    ["/", "https://h.example/api/v1/"],
    ["?page=2", "https://h.example/api/v1?page=2"],
    ["#part", "https://h.example/api/v1#part"],
    ["a%2Fb", "https://h.example/api/v1/a%2Fb"],
    ["a/./b", "https://h.example/api/v1/a/b"],
    ["...", "https://h.example/api/v1/..."],
    ["@evil.example", "https://h.example/api/v1/@evil.example"],
    [".evil.example", "https://h.example/api/v1/.evil.example"],
    ["x?next=https://other.example/../", "https://h.example/api/v1/x?next=https://other.example/../"],
    ["/v1:batch", "https://h.example/api/v1/v1:batch"],
    ["größe/ø", "https://h.example/api/v1/gr%C3%B6%C3%9Fe/%C3%B8"],
  ])("appends %j", (path, href) => {
    expect(below(path)).toBe(href);
  });

  it.each([
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\evil.example",
    " http://evil.example",
    "\thttp://evil.example",
    "\nusers",
    "users\r\nX-Evil: 1",
    "users\0",
    "http:/evil.example",
    "http://evil.example",
    "https://h.example/api/v1@evil.example",
    "https://h.example/api/v1x",
    "javascript:alert(1)",
    "../admin",
    "..",
    "a/../../../admin",
    "%2e%2e/admin",
    "%2E./admin",
    ".%2e/admin",
    "..%2fadmin",
    "%2e%2e%2fadmin",
    "..%5cadmin",
    "a/..\\..\\admin",
    " users",
    "users ",
  ])("refuses %j before any I/O", (path) => {
    expect(() => below(path)).toThrow(expect.objectContaining({ name: "InvalidRequestError", code: "ERR_INVALID_URL" }));
  });

  it("does not take an origin that only begins like its own for its own", () => {
    const short = parseBase("http://h");
    for (const target of ["http://h.evil/x", "http://h@evil/x"]) {
      expect(() => resolveURL(target, { base: short, params: [], allowAbsolute: false })).toThrow(
        /is an absolute URL, but the session has the base http:\/\/h/,
      );
      expect(resolveURL(target, { base: short, params: [], allowAbsolute: true }).isOnBase).toBe(false);
    }
    expect(resolveURL("http://H:80/x", { base: short, params: [], allowAbsolute: true }).isOnBase).toBe(true);
  });

  it("allows an absolute URL or a URL object only on purpose", () => {
    expect(() => below(new URL("https://h.example/api/v1/x"))).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("allowAbsolute: true") }),
    );
    expect(below(new URL("https://h.example/other"), { allowAbsolute: true })).toBe("https://h.example/other");
  });

  it("cannot be left by any path that is accepted", () => {
    const piece = fc.constantFrom(
      "..",
      ".",
      "/",
      "\\",
      "%2e",
      "%2E",
      "%2f",
      "%5c",
      "@",
      "?",
      "#",
      ":",
      "evil.example",
      "http:",
      "//",
      " ",
      "\t",
      "a",
      "%",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = pieces.join("");
        let url: URL;
        try {
          url = resolveURL(path, { base, params: [], allowAbsolute: false }).url;
        } catch {
          return;
        }
        expect([url.origin, url.username, `${url.pathname}/`.startsWith("/api/v1/")]).toEqual(["https://h.example", "", true]);
      }),
      { numRuns: timesTheRuns(10) },
    );
  });
});

describe("a base", () => {
  it("keeps a slash at its end out of the way and may have userinfo", () => {
    expect(parseBase("https://h.example/api/")).toEqual({
      origin: "https://h.example",
      prefix: "https://h.example/api",
      userinfo: undefined,
    });
    expect(parseBase("https://u:p%40ss@h.example").userinfo).toEqual({ user: "u", password: "p@ss" });
  });

  it.each(["h.example", "ftp://h.example", "https://h.example/?a=1", "https://h.example/#x", "https://", ""])("cannot be %j", (text) => {
    expect(() => parseBase(text)).toThrow(expect.objectContaining({ code: "ERR_INVALID_URL" }));
  });
});

describe("an absolute URL", () => {
  it.each([
    ["http://example.com", "http://example.com/"],
    ["HTTP://Example.COM:80/A", "http://example.com/A"],
    ["http://example.com:0080/", "http://example.com/"],
    [" http://example.com ", "http://example.com/"],
    ["http://[::1]:8080/x", "http://[::1]:8080/x"],
    ["https://straße.de/straße", "https://xn--strae-oqa.de/stra%C3%9Fe"],
    ["http://example.com/a b", "http://example.com/a%20b"],
    ["http://example.com//v:h", "http://example.com//v:h"],
    ["http://0x7f000001/", "http://127.0.0.1/"],
  ])("%j is %s", (text, href) => {
    expect(absolute(text)).toBe(href);
  });

  it.each([
    ["hiwpefhipowhefopw", /has no scheme/],
    ["localhost:3128", /has no scheme/],
    ["10.122.1.1:3128/", /has no scheme/],
    ["example.com/path", /has no scheme/],
    ["//example.com", /has no scheme/],
    ["ftp://example.com", /has the scheme ftp/],
    ["mailto:a@example.com", /has the scheme mailto/],
    ["http://", /has no host/],
    ["http:///path", /has no host/],
    ["http://*example.com", /has an invalid host|cannot be parsed/],
    ["http://.example.com", /has an invalid host/],
    ["http://a..b", /has an invalid host|cannot be parsed/],
    ["http://fe80::5054:ff:fe5a:fc0", /cannot be parsed/],
    ["http://example.com:65536/", /cannot be parsed/],
    ["http://example.com:foo/", /cannot be parsed/],
    ["http://exa mple.com/", /cannot be parsed/],
    ["http://example.com/\n", /control character/],
  ])("cannot be %j", (text, message) => {
    expect(() => absolute(text)).toThrow(
      expect.objectContaining({ name: "InvalidRequestError", code: "ERR_INVALID_URL", message: expect.stringMatching(message) }),
    );
  });

  it("gives its userinfo apart, decoded once", () => {
    const resolved = resolveURL("https://us%20er:p%2540%3A@h.example/x", { base: undefined, params: [], allowAbsolute: false });
    expect([resolved.url.href, resolved.userinfo]).toEqual(["https://h.example/x", { user: "us er", password: "p%40:" }]);
    expect(resolveURL("https://100%@h.example/", { base: undefined, params: [], allowAbsolute: false }).userinfo).toEqual({
      user: "100%",
      password: "",
    });
  });

  it("is shown without its password when it cannot be used", () => {
    for (const text of ["http://user:topsecret@exa mple.com/", "ftp://user:topsecret@h/", "user:topsecret@h.example/x"]) {
      expect(() => absolute(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("topsecret"), hint: expect.not.stringContaining("topsecret") }),
      );
    }
  });
});

describe("params", () => {
  it("are appended before the fragment, in order, arrays repeated, undefined left out and null empty", () => {
    const params = { z: 1, a: ["x", "y"], none: undefined, empty: null, yes: true, big: 2n ** 64n, "ü&=": "ø +" };
    expect(absolute("http://h/p?key=value#frag", [params])).toBe(
      "http://h/p?key=value&z=1&a=x&a=y&empty=&yes=true&big=18446744073709551616&%C3%BC%26%3D=%C3%B8+%2B#frag",
    );
  });

  it("of session and call follow each other", () => {
    expect(below("/x", { params: [{ a: 1 }, new URLSearchParams("b=2&b=3")] })).toBe("https://h.example/api/v1/x?a=1&b=2&b=3");
    expect(below("/x?", { params: [{ a: 1 }, {}] })).toBe("https://h.example/api/v1/x?a=1");
    expect(below("/x", { params: [{}, { a: undefined }] })).toBe("https://h.example/api/v1/x");
  });

  it("refuse what would become a wrong text, by name", () => {
    const wrong: [unknown, RegExp][] = [
      [{ since: new Date(0) }, /params\.since is of type object/],
      [{ filter: { a: 1 } }, /params\.filter is of type object/],
      [{ f: () => 1 }, /params\.f is of type function/],
      [{ token: literalSecret("a-secret-value", "t") }, /params\.token is a Secret/],
      [new Map([["a", 1]]), /params is a Map/],
      [[["a", 1]], /params is an array/],
      ["a=1", /params is a value of type string/],
      [null, /params is null/],
    ];
    for (const [params, message] of wrong) {
      expect(() => absolute("http://h/", [params as Params])).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringMatching(message) }),
      );
    }
  });
});
