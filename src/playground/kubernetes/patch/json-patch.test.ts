import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { applyJsonPatch, JsonPatchError, parseJsonPatch } from "./json-patch.ts";

const apply = (document: Json, ...operations: { op: string; path: string; from?: string; value?: Json }[]): Json =>
  applyJsonPatch(document, operations);

describe("JSON patch", () => {
  it("adds, replaces, removes, moves and copies", () => {
    const document = { a: 1, list: [1, 2], deep: { x: "y" } };
    expect(apply(document, { op: "add", path: "/b", value: 2 })).toEqual({ ...document, b: 2 });
    expect(apply(document, { op: "add", path: "/list/-", value: 3 })).toMatchObject({ list: [1, 2, 3] });
    expect(apply(document, { op: "add", path: "/list/0", value: 0 })).toMatchObject({ list: [0, 1, 2] });
    expect(apply(document, { op: "replace", path: "/list/1", value: 9 })).toMatchObject({ list: [1, 9] });
    expect(apply(document, { op: "remove", path: "/deep/x" })).toMatchObject({ deep: {} });
    expect(apply(document, { op: "move", from: "/deep/x", path: "/moved" })).toEqual({ a: 1, list: [1, 2], deep: {}, moved: "y" });
    expect(apply(document, { op: "copy", from: "/deep", path: "/copy" })).toMatchObject({ copy: { x: "y" }, deep: { x: "y" } });
    expect(document).toEqual({ a: 1, list: [1, 2], deep: { x: "y" } });
  });

  it("creates a missing last key on replace, but no missing parent", () => {
    expect(apply({ metadata: {} }, { op: "replace", path: "/metadata/annotations", value: {} })).toEqual({ metadata: { annotations: {} } });
    expect(() => apply({}, { op: "replace", path: "/metadata/annotations", value: {} })).toThrow(JsonPatchError);
  });

  it("fails on a missing key to remove, a failed test, an index beyond the end and an unknown operation", () => {
    expect(() => apply({}, { op: "remove", path: "/a" })).toThrow(JsonPatchError);
    expect(() => apply({ a: 1 }, { op: "test", path: "/a", value: 2 })).toThrow(JsonPatchError);
    expect(() => apply([1], { op: "add", path: "/5", value: 1 })).toThrow(JsonPatchError);
    expect(() => apply([1], { op: "remove", path: "/-" })).toThrow(JsonPatchError);
    expect(() => apply({}, { op: "increment", path: "/a", value: 1 })).toThrow(JsonPatchError);
    expect(() => apply({}, { op: "add", path: "a", value: 1 })).toThrow(JsonPatchError);
  });

  it("unescapes ~1 and ~0, and takes a null test for an absent value", () => {
    const document = { annotations: { "a/b": 1, "c~d": 2 } };
    expect(apply(document, { op: "replace", path: "/annotations/a~1b", value: 3 })).toMatchObject({ annotations: { "a/b": 3 } });
    expect(apply(document, { op: "remove", path: "/annotations/c~0d" })).toEqual({ annotations: { "a/b": 1 } });
    expect(apply(document, { op: "test", path: "/nothing", value: null })).toEqual(document);
  });

  it("is a list of objects with op and path, or no JSON patch", () => {
    expect(parseJsonPatch({ op: "add" })).toBeInstanceOf(Error);
    expect(parseJsonPatch([{ op: "add" }])).toBeInstanceOf(Error);
    expect(parseJsonPatch([{ op: "add", path: "/a", value: null }])).toEqual([{ op: "add", path: "/a", value: null }]);
  });

  it("never changes its input, and test-after-add always succeeds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (given, key, value) => {
        const document = JSON.parse(JSON.stringify(given)) as Json;
        const before = JSON.stringify(document);
        const added = JSON.parse(JSON.stringify(value)) as Json;
        const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        if (key === "__proto__") return;
        const result = apply(document, { op: "add", path, value: added }, { op: "test", path, value: added });
        expect(JSON.stringify(document)).toBe(before);
        expect(Object.keys(apply(result, { op: "remove", path }) as object)).not.toContain(key);
      }),
    );
  });
});
