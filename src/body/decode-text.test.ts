import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../errors/index.ts";
import { decodeText } from "./decode-text.ts";

describe("decodeText", () => {
  it("reads UTF-8 when nothing says otherwise", () => {
    expect(decodeText(Buffer.from("Grüße, 世界 🌍"), undefined)).toBe("Grüße, 世界 🌍");
    expect(decodeText(Buffer.from("Grüße"), "text/plain")).toBe("Grüße");
    expect(decodeText(new Uint8Array([0x68, 0x69]), "not a type")).toBe("hi");
  });

  it.each(['text/plain; charset="ISO-8859-1"', "text/plain;charset=latin1", "text/html; x=1; CHARSET=windows-1252"])(
    "follows the charset in %s",
    (contentType) => {
      expect(decodeText(Buffer.from([0x4a, 0x6f, 0x73, 0xe9]), contentType)).toBe("José");
    },
  );

  it("knows the legacy charsets of the Encoding Standard", () => {
    expect(decodeText(Buffer.from([0x93, 0xfa, 0x96, 0x7b]), "text/plain; charset=Shift_JIS")).toBe("日本");
  });

  it("lets a byte order mark win over the charset and removes it", () => {
    expect(decodeText(Buffer.from([0xef, 0xbb, 0xbf, 0xc3, 0xa9]), "text/plain; charset=iso-8859-1")).toBe("é");
    expect(decodeText(Buffer.from([0xff, 0xfe, 0xe9, 0x00]), "text/plain; charset=utf-8")).toBe("é");
    expect(decodeText(Buffer.from([0xfe, 0xff, 0x00, 0xe9]), undefined)).toBe("é");
  });

  it("does not take a lone first byte for a mark", () => {
    expect(decodeText(Buffer.from([0xff, 0x41]), "text/plain; charset=latin1")).toBe("ÿA");
    expect(decodeText(Buffer.from([0xef, 0xbb]), "text/plain; charset=latin1")).toBe("ï»");
  });

  it("refuses an unknown charset by name, shortened", () => {
    const contentType = `text/plain; charset="x-bogus${"\u0007".repeat(100)}"`;
    expect(() => decodeText(Buffer.from("a"), contentType, { method: "GET", url: "http://h/" })).toThrow(DecodeError);
    expect(() => decodeText(Buffer.from("a"), contentType, { method: "GET", url: "http://h/" })).toThrow(
      /^GET http:\/\/h\/: the body's charset "x-bogus(\\u0007){33}" is not known$/,
    );
  });

  it("marks bytes that the charset does not know instead of failing", () => {
    expect(decodeText(Buffer.from([0x61, 0xff, 0x62]), undefined)).toBe("a\ufffdb");
  });

  it("is the inverse of UTF-8 encoding", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(decodeText(Buffer.from(`\ufeff${text}`), undefined)).toBe(text);
        if (!text.startsWith("\ufeff")) expect(decodeText(Buffer.from(text), "text/plain; charset=UTF-8")).toBe(text);
      }),
    );
  });
});
