import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicateFields } from "./duplicate-fields.ts";

describe("duplicate fields", () => {
  it("are found at any depth, behind escapes and inside lists", () => {
    expect(duplicateFields('{"a":1,"a":2}')).toEqual(["a"]);
    expect(duplicateFields('{"spec":{"list":[{"x":1},{"x":1,"y":"}","x":2}]}}')).toEqual(["spec.list[1].x"]);
    expect(duplicateFields('{"a":"\\"","\\u0061":1}')).toEqual(["a"]);
  });

  it("are none in what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(duplicateFields(JSON.stringify(value, null, 1))).toEqual([]);
      }),
    );
  });

  it("end the walk, not the process, in text that is no JSON", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Array.isArray(duplicateFields(text))).toBe(true);
      }),
    );
  });
});
