import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveLocation, showLocation, trimBlanks } from "./location.ts";

const base = new URL("https://user:pw@api.test/v1/users?page=2#top");
const resolve = (value: string): string | undefined => resolveLocation(value, base)?.href;
/** How a header with these UTF-8 characters arrives: one character a byte. */
const raw = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

describe("resolveLocation", () => {
  it.each([
    ["/login", "https://api.test/login#top"],
    ["login", "https://api.test/v1/login#top"],
    ["?page=3", "https://api.test/v1/users?page=3#top"],
    ["../up", "https://api.test/up#top"],
    ["//other.test/x", "https://other.test/x#top"],
    ["HTTP://Other.Test:80/x", "http://other.test/x#top"],
    ["http://0x7f000001/", "http://127.0.0.1/#top"],
    ["/\\other.test/x", "https://other.test/x#top"],
    ["/a b", "https://api.test/a%20b#top"],
  ])("resolves %s to %s", (value, href) => {
    expect(resolve(value)).toBe(href);
  });

  it("inherits the fragment only when Location has none, not even an empty one", () => {
    expect(resolve("/x#here")).toBe("https://api.test/x#here");
    expect(resolveLocation("/x#", base)?.hash).toBe("");
    expect(resolveLocation("/x", new URL("https://api.test/"))?.href).toBe("https://api.test/x");
  });

  it("drops the userinfo of Location and does not hand on that of the request", () => {
    expect(resolve("http://eve:secret@other.test/")).toBe("http://other.test/#top");
    expect(resolve("/x")).not.toContain("pw");
    expect(base.password).toBe("pw");
  });

  it("percent-encodes raw UTF-8 and raw latin-1 bytes as they are", () => {
    expect(resolve(raw("/caf\u00e9/\u65e5"))).toBe("https://api.test/caf%C3%A9/%E6%97%A5#top");
    expect(resolve("/caf\u00e9")).toBe("https://api.test/caf%E9#top");
    expect(resolve(raw("/\u00e0"))).toBe("https://api.test/%C3%A0#top");
    expect(resolve(raw("https://b\u00fccher.test/"))).toBe("https://xn--bcher-kva.test/#top");
  });

  it("encodes characters beyond latin-1 as UTF-8", () => {
    expect(resolve("/\u65e5\u00e9")).toBe("https://api.test/%E6%97%A5%C3%A9#top");
  });

  it.each([
    "http://:1",
    "https://:443/",
    "http://[bad/",
    "http://a b/",
    "http://h:99999/",
    "http://b\u00fccher.test/",
    "java\tscript:x",
    "/a\u0000b",
    "/a\u007f",
  ])("has no target for %j", (value) => {
    expect(resolve(value)).toBeUndefined();
  });

  it("never throws, and never gives a URL with userinfo", () => {
    const likely = fc.array(
      fc.constantFrom("http:", "//", "@", ":", "u", "h.test", "/", "\\", "#", "?", "\u00e9", "%", "[", "]", "..", "\ud800"),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          likely.map((parts) => parts.join("")),
        ),
        (value) => {
          const url = resolveLocation(value, base);
          expect([url?.username ?? "", url?.password ?? ""]).toEqual(["", ""]);
        },
      ),
    );
  });

  it("gives back what the URL parser gives for every ASCII URL, but for userinfo and fragment", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (value) => {
        const ascii = new URL(value).href;
        const expected = new URL(ascii);
        if (!ascii.includes("#")) expected.hash = base.hash;
        expect(resolve(ascii)).toBe(expected.href);
      }),
    );
  });
});

describe("showLocation", () => {
  it("hides userinfo and query, wherever the password ends", () => {
    expect(showLocation("http://user:p/w@[bad/path?token=abc")).toBe('"http://***@[bad/path?..."');
    expect(showLocation("http:user:p?w@[bad")).toBe('"http:***@[bad"');
    expect(showLocation("http://[bad#access_token=abc")).toBe('"http://[bad#..."');
  });

  it("escapes what a terminal would obey and stops after 80 characters", () => {
    expect(showLocation("\u001b[2J\u00e9")).toBe('"\\u001b[2J\\u00e9"');
    expect(showLocation("x".repeat(1_000_000))).toBe(`"${"x".repeat(80)}"...`);
  });

  it("shows printable ASCII only", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => /^[\x20-\x7e]*$/.test(showLocation(value))));
  });
});

describe("trimBlanks", () => {
  it("removes blanks and tabs around a value, and nothing else", () => {
    expect(trimBlanks(" \t/x y\t ")).toBe("/x y");
    expect(trimBlanks(" \t ")).toBe("");
    expect(trimBlanks("\u00a0/x\u00a0")).toBe("\u00a0/x\u00a0");
  });
});
