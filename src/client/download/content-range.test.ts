import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseContentRange } from "./content-range.ts";

describe("parseContentRange", () => {
  it.each([
    ["bytes 0-0/1", { firstByte: 0, lastByte: 0, totalBytes: 1 }],
    ["bytes 100-199/1000", { firstByte: 100, lastByte: 199, totalBytes: 1000 }],
    ["Bytes 100-199/*", { firstByte: 100, lastByte: 199 }],
    [undefined, undefined],
    ["", undefined],
    ["bytes */1000", undefined],
    ["bytes 199-100/1000", undefined],
    ["bytes 100-1000/1000", undefined],
    ["bytes=100-199/1000", undefined],
    ["bytes 100-/1000", undefined],
    ["bytes -5-9/10", undefined],
    ["bytes 0x1-0x2/9", undefined],
    ["bytes 1-2/9, bytes 4-5/9", undefined],
    ["bytes 1 - 2/9", undefined],
    ["items 1-2/9", undefined],
    ["bytes 1-2/99999999999999999999", undefined],
  ])("reads %j as %j", (value, range) => {
    expect(parseContentRange(value)).toEqual(range);
  });

  it("reads back what a right server writes, and throws for nothing", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (firstByte, more, rest) => {
        const lastByte = firstByte + more;
        const totalBytes = lastByte + 1 + rest;
        expect(parseContentRange(`bytes ${firstByte}-${lastByte}/${totalBytes}`)).toEqual({ firstByte, lastByte, totalBytes });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("bytes", " ", "-", "/", "*", "0", "9", "x") }), (value) => {
        const range = parseContentRange(value);
        if (range !== undefined) expect(range.firstByte).toBeLessThanOrEqual(range.lastByte);
      }),
    );
  });
});
