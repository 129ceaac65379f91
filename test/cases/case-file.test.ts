import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeBytes, parseCase, splitCommand, unescapeBytes } from "./case-file.ts";

describe("parseCase", () => {
  it("reads title, sections, arguments and lines that only look like sections", () => {
    const parsed = parseCase(
      "the title\nwhy\n-- command --\nerrand x\n-- file a/b.txt escaped --\n\\-- not a section --\nb\n-- exit --\n4\n",
    );
    expect(parsed.title).toBe("the title");
    expect(parsed.sections).toEqual([
      { name: "command", argument: "", isEscaped: false, text: "errand x\n", line: 3 },
      { name: "file", argument: "a/b.txt", isEscaped: true, text: "-- not a section --\nb\n", line: 5 },
      { name: "exit", argument: "", isEscaped: false, text: "4\n", line: 8 },
    ]);
  });

  it.each([
    ["-- command --\nerrand\n", "begins with its title"],
    ["t\n-- exit --\n0\n", "'command' is missing"],
    ["t\n-- command --\nerrand\n", "nothing is expected"],
    ["t\n-- comand --\nerrand\n-- exit --\n0\n", "line 2: 'comand' is not a section"],
    ["t\n-- command --\na\n-- exit --\n0\n-- exit --\n1\n", "line 6: the section 'exit' stands twice"],
    ["t\n-- command --\na\n-- file --\nx\n-- exit --\n0\n", "'file' is not a section"],
  ])("refuses %j", (text, message) => expect(() => parseCase(text)).toThrow(message));
});

describe("splitCommand", () => {
  it("reads quotes, backslashes and lines that go on as a shell does", () => {
    expect(splitCommand(String.raw`errand 'a b'"c \"d" e\ f '' \\ ` + "\\\n g")).toEqual(["errand", 'a bc "d', "e f", "", "\\", "g"]);
  });

  it("refuses an open quote", () => expect(() => splitCommand("errand 'a")).toThrow("open quote"));

  it("gives back every word that is quoted", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
        expect(splitCommand(quoted)).toEqual(words);
      }),
    );
  });
});

it("escaped bytes come back as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(unescapeBytes(escapeBytes(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
});
