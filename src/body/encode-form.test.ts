import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeForm } from "./encode-form.ts";

const text = (form: Parameters<typeof encodeForm>[0]): string => encodeForm(form).bytes.toString();

describe("encodeForm", () => {
  it("writes fields in order, repeated for arrays", () => {
    const body = encodeForm({ page: 2, tag: ["a b", "ü&="], active: true, id: 9007199254740993n, empty: null, absent: undefined });
    expect(body.bytes.toString()).toBe("page=2&tag=a+b&tag=%C3%BC%26%3D&active=true&id=9007199254740993&empty=");
    expect(body.contentType).toBe("application/x-www-form-urlencoded");
  });

  it("takes pairs and URLSearchParams", () => {
    expect(
      text([
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
      ]),
    ).toBe("b=1&a=2&b=3");
    expect(text(new URLSearchParams("x=1&x=2"))).toBe("x=1&x=2");
    expect(text({})).toBe("");
  });

  it.each([
    [{ user: { id: 1 } }, "form.user must be a string, a finite number, a boolean, a bigint or null, not an object"],
    [{ tag: ["a", new Date(0)] }, "form.tag[1] must be"],
    [{ n: Number.NaN }, "not NaN"],
    [[["a"]], "form[0] must be a pair of strings"],
    [[["a", 1]], "form[0] must be a pair of strings"],
    ["a=1", "form must be an object, pairs or URLSearchParams, not a string"],
    [null, "not null"],
  ])("refuses %j with its place", (form, message) => {
    expect(() => encodeForm(form as unknown as URLSearchParams)).toThrow(message);
  });

  it("can be read back by any form parser", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), { maxLength: 5 }), (pairs) => {
        expect([...new URLSearchParams(text(pairs))]).toEqual(pairs);
      }),
    );
  });
});
