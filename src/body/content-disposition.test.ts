import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispositionFilename } from "./content-disposition.ts";

const latin1 = (text: string): string => Buffer.from(text).toString("latin1");

describe("dispositionFilename", () => {
  it.each<[header: string | undefined, name: string | undefined]>([
    [undefined, undefined],
    ["", undefined],
    ["attachment", undefined],
    ["inline", undefined],
    ['attachment; filename="foo.html"', "foo.html"],
    ["attachment; filename=foo.html", "foo.html"],
    ['inline; filename="foo.html"', "foo.html"],
    ['ATTACHMENT; FILENAME="foo.html"', "foo.html"],
    ['attachment;filename="foo.html";', "foo.html"],
    ['attachment; foo="x"; filename = "foo.html" ; bar=y', "foo.html"],
    ['attachment; filename="f\\oo.html"', "foo.html"],
    ['attachment; filename="\\"quoting\\" tested.html"', '"quoting" tested.html'],
    ['attachment; filename="a; filename*=b.html"', "a; filename*=b.html"],
    ["attachment; filename='foo.html'", "'foo.html'"],
    ['attachment; filename="foo-%41.html"', "foo-%41.html"],
    ['attachment; filename="foo.html"; filename="bar.html"', "foo.html"],
    ['attachment; xfilename="foo.html"', undefined],
    ['filename="foo.html"', undefined],
    ['"attachment"; filename=foo.html', undefined],
    ['attachment; filename="/etc/passwd"', "/etc/passwd"],
    ["attachment; filename*=UTF-8''foo-%c3%a4-%e2%82%ac.html", "foo-ä-€.html"],
    ["attachment; filename*=utf-8'en-GB'%41.html", "A.html"],
    ["attachment; filename*=iso-8859-1''foo-%E4.html", "foo-ä.html"],
    ["attachment; filename=\"EURO-e.html\"; filename*=UTF-8''%e2%82%ac.html", "€.html"],
    ["attachment; filename*=UTF-8''%e2%82%ac.html; filename=\"EURO-e.html\"", "€.html"],
    ["attachment; filename*=\"UTF-8''A-%41.html\"", "A-A.html"],
    ["attachment; filename*=UTF-8''bad%; filename=plain.html", "plain.html"],
    ["attachment; filename*=UTF-8''bad%zz; filename=plain.html", "plain.html"],
    ["attachment; filename*=UTF-8''%e4; filename=plain.html", "plain.html"],
    ["attachment; filename*=koi8-r''%c1; filename=plain.html", "plain.html"],
    ["attachment; filename*=foo.html; filename=plain.html", "plain.html"],
    ["attachment; filename*=UTF-8''; filename=plain.html", "plain.html"],
    ["attachment; filename*=UTF-8''%e4", undefined],
    [`attachment; filename="${latin1("grün.html")}"`, "grün.html"],
    ['attachment; filename="gr\xfcn.html"', "grün.html"],
    ["attachment; filename=foo bar.html", "foo"],
    ["attachment; filename=a.html, attachment; filename=b.html", "a.html"],
    ["attachment; __proto__=x; filename=ok", "ok"],
  ])("reads %j", (header, name) => {
    expect(dispositionFilename(header)).toBe(name);
  });

  it("reads every name back that RFC 8187 can write", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
        fc.pre(!name.startsWith("\ufeff"));
        const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
        expect(dispositionFilename(`attachment; filename="x"; filename*=UTF-8''${encoded}`)).toBe(name);
      }),
    );
  });

  it("reads every quoted name back, and throws for nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", '"', "\\", ";", "=", "%", "'", " ", "*", "/"), minLength: 1 }), (name) => {
        expect(dispositionFilename(`attachment; filename="${name.replaceAll(/["\\]/g, "\\$&")}"`)).toBe(name);
      }),
    );
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("attachment", ";", "filename", "*", "=", "UTF-8''", "%", "e4", '"', "\\", " ", "\xff", "\u{1f30d}"),
        }),
        (header) => {
          expect(["string", "undefined"]).toContain(typeof dispositionFilename(header));
        },
      ),
    );
  });
});
