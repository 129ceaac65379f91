import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseItemDictionary, parseItemList } from "./structured-field.ts";

const list = (text: string) => parseItemList(text)?.map(({ value, parameters }) => [value, Object.fromEntries(parameters)]);

describe("parseItemList", () => {
  it("reads strings, tokens, numbers, booleans and bytes with their parameters", () => {
    expect(list('"a \\"b\\" \\\\";r=5;t=30 , tok/en:1;flag;key=:aGk=:,\t-1.5;no=?0')).toEqual([
      ['a "b" \\', { r: 5, t: 30 }],
      ["tok/en:1", { flag: true, key: "aGk=" }],
      [-1.5, { no: false }],
    ]);
  });

  it.each([
    ['"open'],
    ['"a";'],
    ['"a";R=1'],
    ['"a";r='],
    ['"a",'],
    [',"a"'],
    ['"a" "b"'],
    ["(1 2)"],
    ["1.2345"],
    ["1234567890123456"],
    ["1.2.3"],
    ["1."],
    ['"\u00e9"'],
    ['"a\\n"'],
    ["?2"],
    [""],
  ])("takes %j as malformed, as a whole", (text) => {
    expect(parseItemList(text)).toBeUndefined();
  });

  it("reads back every list it can be given", () => {
    const ascii = fc.stringMatching(/^[\x20-\x7e]{0,12}$/);
    const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/);
    const item = fc.tuple(ascii, fc.dictionary(key, fc.nat(), { maxKeys: 3 }));
    const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), (items) => {
        const text = items.map(
          ([value, parameters]) =>
            quote(value) +
            Object.entries(parameters)
              .map(([name, number]) => `;${name}=${number}`)
              .join(""),
        );
        expect(list(text.join(", "))).toEqual(items.map(([value, parameters]) => [value, { ...parameters }]));
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void [parseItemList(text), parseItemDictionary(text)]));
  });
});

describe("parseItemDictionary", () => {
  it("reads members with and without a value, the last of a name", () => {
    const members = parseItemDictionary("limit=100, remaining=50;w=60, reset=1, reset=30, partial");
    expect([...(members ?? [])].map(([key, { value }]) => [key, value])).toEqual([
      ["limit", 100],
      ["remaining", 50],
      ["reset", 30],
      ["partial", true],
    ]);
  });

  it("takes a list of items as malformed", () => {
    expect(parseItemDictionary('"default";r=1')).toBeUndefined();
    expect(parseItemDictionary("limit=, reset=1")).toBeUndefined();
  });
});
