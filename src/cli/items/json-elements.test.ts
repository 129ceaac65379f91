import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonElements, onOneLine } from "./json-elements.ts";

describe("jsonElements", () => {
  it("keeps the text of every element", () => {
    expect(jsonElements(' [ 1.0, 12345678901234567890 , {"a": [1, "]"]},"x\\"]",[] ] ')).toEqual({
      elements: ["1.0", "12345678901234567890", '{"a": [1, "]"]}', '"x\\"]"', "[]"],
    });
    expect(jsonElements("[]")).toEqual({ elements: [] });
  });

  it("finds the only list among the members of an object", () => {
    expect(jsonElements('{ "total" : 2, "users": [1 ,2], "next": {"list": [3]} }')).toEqual({ elements: ["1", "2"] });
  });

  it("names the lists where it cannot tell", () => {
    expect(jsonElements('{"a":[1],"b":[]}')).toEqual({ names: ["a", "b"] });
    expect(jsonElements('{"a":1}')).toEqual({ names: [] });
    expect(jsonElements('"text"')).toEqual({ names: [] });
  });

  it("gives the elements of whatever list", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.nat(3), (list, indent) => {
        const found = jsonElements(JSON.stringify(list, undefined, indent));
        const texts = "elements" in found ? found.elements : [];
        expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(list.map((value) => JSON.stringify(value)));
        for (const text of texts) expect(JSON.stringify(JSON.parse(onOneLine(text)))).toBe(JSON.stringify(JSON.parse(text)));
        for (const text of texts) expect(onOneLine(text)).not.toContain("\n");
      }),
    );
  });
});
