import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { mergePatch } from "./merge-patch.ts";

describe("merge patch", () => {
  it("merges objects, deletes with null and replaces lists whole", () => {
    const target = { a: { b: 1, c: 2 }, list: [1, 2] };
    expect(mergePatch(target, { a: { b: null, d: 3 }, list: [9] })).toEqual({ a: { c: 2, d: 3 }, list: [9] });
    expect(mergePatch("text", { a: null })).toEqual({});
    expect(mergePatch(target, [1])).toEqual([1]);
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const [left, right] = [JSON.parse(JSON.stringify(target)) as Json, JSON.parse(JSON.stringify(patch)) as Json];
        const once = mergePatch(left, right);
        expect(mergePatch(once, right)).toEqual(once);
      }),
    );
  });
});
