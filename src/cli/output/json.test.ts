import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { painter } from "./color.ts";
import { JsonLayout } from "./json-layout.ts";
import { formatJson } from "./json.ts";

const plain = painter(false);

describe("formatJson", () => {
  it("indents by two and keeps empty containers on their line", () => {
    expect(formatJson('{"a":[1,{"b":null}],"c":{},"d":[]}', plain)).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });

  it("keeps the order of keys, duplicate keys and the text of numbers", () => {
    expect(formatJson('{"b":1.0,"a":12345678901234567890,"a":1e2}', plain)).toBe(
      '{\n  "b": 1.0,\n  "a": 12345678901234567890,\n  "a": 1e2\n}',
    );
  });

  it("keeps the escapes of strings as they were written", () => {
    expect(formatJson('["\\u00e9\\/\\"]\\\\"]', plain)).toBe('[\n  "\\u00e9\\/\\"]\\\\"\n]');
  });

  it("colours keys, strings, numbers and words differently", () => {
    expect(formatJson('{"k":["s",1,true]}', (color, text) => `<${color}>${text}</>`)).toBe(
      '{\n  <blue>"k"</>: [\n    <green>"s"</>,\n    <cyan>1</>,\n    <magenta>true</>\n  ]\n}',
    );
  });

  it("escapes control characters that JSON allows in strings but a terminal obeys", () => {
    expect(formatJson('["a\u009b31m\u202e"]', plain)).toBe('[\n  "a\\u009b31m\\u202e"\n]');
  });

  it("only colours where the layout is not wanted", () => {
    expect(formatJson('{ "k":\n1 }', (color, text) => `<${color}>${text}</>`, false)).toBe('{ <blue>"k"</>:\n<cyan>1</> }');
  });

  it("gives the same for a text in pieces, wherever they end", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), fc.integer({ min: 1, max: 5 }), (value, indent, length) => {
        const text = JSON.stringify(value, undefined, indent);
        const layout = new JsonLayout({ paint: plain, isIndented: true });
        let shown = "";
        for (let at = 0; at < text.length; at += length) shown += layout.push(text.slice(at, at + length));
        expect(shown).toBe(formatJson(text, plain));
      }),
    );
  });

  it("leaves what is not JSON alone", () => {
    for (const text of ["", "{", "[1,]", "hello", "{'a':1}", "1 2"]) expect(formatJson(text, plain)).toBeUndefined();
  });

  it("does not let deep nesting grow into gigabytes of spaces", () => {
    const depth = 5_000;
    expect(formatJson("[".repeat(depth) + "]".repeat(depth), plain)?.length).toBeLessThan(depth * 2 * 210);
  });

  it("changes nothing but the space between tokens, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const formatted = formatJson(text, plain);
        expect(formatted).toBeDefined();
        expect(JSON.stringify(JSON.parse(formatted ?? ""))).toBe(JSON.stringify(value));
        // Formatting what is formatted changes nothing, and the layout is that of JSON.stringify.
        expect(formatJson(formatted ?? "", plain)).toBe(formatted);
      }),
    );
  });
});
