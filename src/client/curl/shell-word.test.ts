import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../../errors/index.ts";
import { shellWord, type ShellText } from "./shell-word.ts";

describe("shellWord", () => {
  it.each([
    [["plain/path-1.txt"], "plain/path-1.txt"],
    [[""], "''"],
    [["it's"], String.raw`'it'\''s'`],
    [["~"], "'~'"],
    [["=ls"], "'=ls'"],
    [["a=b"], "a=b"],
    [["Authorization: Bearer ", { source: "$API_TOKEN" }], '"Authorization: Bearer $API_TOKEN"'],
    [[{ source: "$A" }, "b"], '"${A}b"'],
    [[{ source: "$A" }, { source: "$B" }, "-c"], '"$A$B-c"'],
    [['{"a":"', { source: "$A" }, '"}'], `'{"a":"'"$A"'"}'`],
    [["bang! ", { source: "$(cat /run/x)" }], `'bang! '"$(cat /run/x)"`],
  ] as [ShellText, string][])("writes %j as %s", (text, expected) => {
    expect(shellWord(text)).toBe(expected);
  });

  it("refuses a NUL, which no argument can hold", () => {
    expect(() => shellWord(["a\0b"])).toThrow(InvalidRequestError);
  });
});
