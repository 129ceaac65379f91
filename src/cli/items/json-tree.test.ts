import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../usage-error.ts";
import { parseJsonPath } from "./json-path.ts";
import { JsonTree } from "./json-tree.ts";

function build(fields: readonly (readonly [name: string, json: string])[]): string {
  const tree = new JsonTree();
  for (const [name, json] of fields) tree.set(name, parseJsonPath(name), json);
  return tree.toString();
}

/** The fields that build a value: one for each of its leaves, empty lists and objects being leaves too. */
function fieldsOf(value: unknown, name: string): [string, string][] {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return [[name, JSON.stringify(value)]];
  if (Array.isArray(value)) return value.flatMap((item, index) => fieldsOf(item, `${name}[${index}]`));
  return entries.flatMap(([key, item]) => fieldsOf(item, name === "" ? asRoot(key) : `${name}[${asKey(key)}]`));
}

const escape = (key: string): string => key.replaceAll(/[[\]\\]/g, "\\$&");
const asRoot = escape;
/** Digits alone would be a place in a list. */
const asKey = (key: string): string => (/^-?\d+$/.test(key) ? `\\${key}` : escape(key));

describe("nested JSON", () => {
  it("builds whatever value from its leaves", () => {
    const key = fc.string({ minLength: 1, maxLength: 5 });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.constantFrom(null, true, 1.5, "text"), tie("list"), tie("object")),
      list: fc.array(tie("value"), { maxLength: 3 }),
      object: fc.dictionary(key, tie("value"), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 }), (object) => {
        expect(JSON.parse(build(fieldsOf(object, "")))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  it("never fails but with a caret under a place in the name", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "0", "-", "[", "]", "\\", "[b]", "[]", "[1]"), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        try {
          JSON.parse(build(names.map((each) => [each, "1"])));
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
        for (const each of names) expectCaret(each);
      }),
    );
  });

  it("keeps the text of numbers, also of a value that is gone on with", () => {
    expect(
      build([
        ["a[b]", "12345678901234567890"],
        ["a[c][]", "1.0"],
      ]),
    ).toBe('{"a":{"b":12345678901234567890,"c":[1.0]}}');
    expect(
      build([
        ["a", '{"id": 1.0, "list": [1e2]}'],
        ["a[list][]", "2"],
      ]),
    ).toBe('{"a":{"id":1.0,"list":[1e2,2]}}');
  });

  it.each([
    ["a[100001]", "a list has 100000 places at most here"],
    ["a[[b]", "a ] is missing"],
    ["a[b][", "a ] is missing"],
  ])("refuses %s: %s", (name, problem) => expect(() => parseJsonPath(name)).toThrow(problem));
});

function expectCaret(name: string): void {
  try {
    parseJsonPath(name);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const [shown = "", caret = ""] = (error.hint ?? "").split("\n");
    expect(shown).toBe(name);
    expect(caret).toMatch(/^ *\^+$/);
    expect(caret.indexOf("^")).toBeLessThanOrEqual(name.length);
  }
}
