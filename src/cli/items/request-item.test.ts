import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../usage-error.ts";
import { parseItem } from "./request-item.ts";

describe("parseItem", () => {
  it.each([
    ["X-Trace:1", { kind: "header", name: "X-Trace", value: "1", fromFile: false }],
    ["Accept: text/html; q=0.9", { kind: "header", name: "Accept", value: "text/html; q=0.9", fromFile: false }],
    ["Accept:", { kind: "noHeader", name: "Accept" }],
    ["X-Empty;", { kind: "emptyHeader", name: "X-Empty" }],
    ["q==a b", { kind: "query", name: "q", value: "a b", fromFile: false }],
    ["name=Ann", { kind: "field", name: "name", value: "Ann", fromFile: false }],
    ["name=", { kind: "field", name: "name", value: "", fromFile: false }],
    ["age:=42", { kind: "json", name: "age", value: "42", fromFile: false }],
    ["report@a.txt", { kind: "file", name: "report", path: "a.txt" }],
    ["@body.json", { kind: "body", path: "body.json" }],
    ["@-", { kind: "body", path: "-" }],
    ["X-Key:@key.txt", { kind: "header", name: "X-Key", value: "key.txt", fromFile: true }],
    ["q==@q.txt", { kind: "query", name: "q", value: "q.txt", fromFile: true }],
    ["text=@a.txt", { kind: "field", name: "text", value: "a.txt", fromFile: true }],
    ["tree:=@a.json", { kind: "json", name: "tree", value: "a.json", fromFile: true }],
  ])("reads %s", (text, item) => expect(parseItem(text)).toEqual(item));

  it("takes the separator that stands first", () => {
    expect(parseItem("a=b:c")).toMatchObject({ kind: "field", name: "a", value: "b:c" });
    expect(parseItem("a:b=c")).toMatchObject({ kind: "header", name: "a", value: "b=c" });
    expect(parseItem("mail=ann@example.com")).toMatchObject({ kind: "field", value: "ann@example.com" });
  });

  it("escapes separators by a backslash, in the name and at the start of a value", () => {
    expect(parseItem(String.raw`foo\==bar`)).toMatchObject({ kind: "field", name: "foo=", value: "bar" });
    expect(parseItem(String.raw`a\:b:c`)).toMatchObject({ kind: "header", name: "a:b", value: "c" });
    expect(parseItem(String.raw`at=\@ann`)).toMatchObject({ kind: "field", name: "at", value: "@ann", fromFile: false });
  });

  it("leaves other backslashes alone", () => {
    expect(parseItem(String.raw`path=c:\users\ann`)).toMatchObject({ value: String.raw`c:\users\ann` });
    expect(parseItem(String.raw`c\d=1`)).toMatchObject({ name: String.raw`c\d` });
  });

  it.each([
    ["plain", "'plain' is not a request item"],
    ["X-Empty;value", "'X-Empty;value' has something after its ;"],
    ["=value", "the item '=value' has no name before its ="],
    [":value", "the item ':value' has no name before its :"],
    ["field@", "'field@' names no file after its @"],
    ["field=@", "'field=@' names no file after its @"],
    ["@", "'@' names no file after its @"],
  ])("refuses %s and says why", (text, message) => {
    expect(() => parseItem(text)).toThrow(expect.objectContaining({ code: "ERR_USAGE", message }));
  });

  it("gives back every name and value that is escaped before", () => {
    const escape = (text: string): string => text.replace(/[:=@;]/g, "\\$&");
    const word = fc.string({ minLength: 1 }).filter((text) => !text.includes("\\"));
    fc.assert(
      fc.property(word, word, (name, value) => {
        expect(parseItem(`${escape(name)}=${escape(value)}`)).toEqual({ kind: "field", name, value, fromFile: false });
      }),
    );
  });

  it("either reads any text or refuses it as a usage error", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseItem(text).kind).toBeTypeOf("string");
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
