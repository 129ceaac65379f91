import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childrenOf, MalformedDer, readDer } from "./der.ts";
import { escapeText, readOid, readText, readTime } from "./values.ts";
import { write, writeOid } from "./write.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("readDer", () => {
  it("reads back what was written, whatever its length", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (parts) => {
        const read = childrenOf(readDer(write(0x30, ...parts.map((part) => write(0x04, part)))), 0x30);
        expect(read.map(({ content }) => [...content])).toEqual(parts.map((part) => [...part]));
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["a tag alone", "30"],
    ["a length beyond the end", "04 05 00"],
    ["bytes after the end", "05 00 00"],
    ["an indefinite length (BER)", "30 80 00 00"],
    ["a length in more bytes than needed", "04 81 01 00"],
    ["a length with a leading zero", `04 82 00 80 ${"00".repeat(128)}`],
    ["a length of five bytes", "04 85 00 00 00 00 01 00"],
    ["a tag of several bytes", "1f 81 01 00"],
  ])("refuses %s", (_name, text) => {
    expect(() => readDer(hex(text))).toThrow(MalformedDer);
  });

  it("ends on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          childrenOf(readDer(Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDer);
        }
      }),
    );
  });
});

describe("values", () => {
  it.each(["2.5.29.17", "1.3.6.1.4.1.99999.1", "2.16.840.1.113730.1.1", "0.9.2342.19200300.100.1.25"])(
    "knows the identifier %s",
    (dotted) => {
      expect(readOid(readDer(writeOid(dotted)))).toBe(dotted);
    },
  );

  it.each([
    [0x17, "491231235959Z", "2049-12-31T23:59:59.000Z"],
    [0x17, "500101000000Z", "1950-01-01T00:00:00.000Z"],
    [0x18, "20500101000000Z", "2050-01-01T00:00:00.000Z"],
    [0x18, "99991231235959Z", "9999-12-31T23:59:59.000Z"],
  ])("reads the time %i %s (RFC 5280 4.1.2.5)", (tag, text, expected) => {
    expect(new Date(readTime(readDer(write(tag, Buffer.from(text))))).toISOString()).toBe(expected);
  });

  it.each([
    [0x17, "4912312359Z"],
    [0x17, "20491231235959Z"],
    [0x18, "491231235959Z"],
    [0x18, "20500101000000+0100"],
  ])("refuses the time %i %s", (tag, text) => {
    expect(() => readTime(readDer(write(tag, Buffer.from(text))))).toThrow(MalformedDer);
  });

  it("reads text in the encodings of names", () => {
    expect(readText(readDer(write(0x0c, Buffer.from("Zürich"))))).toBe("Zürich");
    expect(readText(readDer(write(0x1e, hex("005a 00fc"))))).toBe("Zü");
    expect(readText(readDer(write(0x14, Buffer.from([0x5a, 0xfc]))))).toBe("Zü");
  });

  it("escapes what could command a terminal", () => {
    expect(escapeText("a\u001b[31m\u0000\u009b\u202e")).toBe("a\\x1b[31m\\x00\\x9b\\u202e");
  });
});
