import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hasSkippedTests, readPromises, titlesIn } from "./promises-page.ts";

const root = new URL("../../", import.meta.url);
const page = readPromises(readFileSync(new URL("docs/reference/promises.md", root), "utf8"));
const cited = page.rows.flatMap(({ id, tests }) => tests.map((test) => ({ id, ...test })));

describe("docs/reference/promises.md", () => {
  it("numbers its promises without a gap, and names a test for each", () => {
    expect(page.faults).toEqual([]);
    expect(page.rows.length).toBeGreaterThan(140);
  });

  it.each([...new Set(cited.map(({ file }) => file))])("cites tests that are in %s", (file) => {
    const path = new URL(file, root);
    expect(existsSync(path)).toBe(true);
    const source = readFileSync(path, "utf8");
    const titles = titlesIn(file, source);
    expect(hasSkippedTests(source)).toBe(false);
    expect(cited.filter((test) => test.file === file && !titles.has(test.title))).toEqual([]);
  });
});

describe("the check of the page", () => {
  const head = "## 0. A\n\n| rule | promise | shown by |\n|---|---|---|\n";
  const line = (id: string, shown = "`a.test.ts`: `does it`"): string => `| **${id} Name** | Does it. | ${shown} |\n`;

  it("reads files and titles", () => {
    expect(readPromises(head + line("0.1", "`a.test.ts`: `does it`, `and that`<br>`b.case`: `c`"))).toEqual({
      faults: [],
      rows: [
        {
          id: "0.1",
          tests: [
            { file: "a.test.ts", title: "does it" },
            { file: "a.test.ts", title: "and that" },
            { file: "b.case", title: "c" },
          ],
        },
      ],
    });
  });

  it.each([
    ["a number that is missing", head + line("0.1") + line("0.3"), "0.3 stands where 0.2 is due"],
    ["a number that is there twice", head + line("0.1") + line("0.1"), "0.1 stands where 0.2 is due"],
    ["a number of another chapter", head + line("1.1"), "1.1 stands where 0.1 is due"],
    ["a chapter that is missing", `${head}${line("0.1")}\n## 2. C\n`, "chapter 2 follows chapter 0"],
    ["a row without a test", head + line("0.1", ""), "0.1 has no test"],
    ["a test without a title", head + line("0.1", "`a.test.ts`"), "0.1 names its tests in a form of its own: `a.test.ts` "],
    ["a row without a number", `${head}| Does it. | \`a.test.ts\`: \`does it\` |\n`, "no row: | Does it. | `a.test.ts`: `does it` |"],
  ])("finds %s", (_what, text, fault) => {
    expect(readPromises(text).faults).toEqual([fault]);
  });

  it("finds titles of single tests and of tables, and no other text", () => {
    const source = [
      `describe("group", () => {`,
      `  it("is \\"one\\"", () => { log("not a title", 1); });`,
      `  it.each([["case", 1]])("is %s", (name) => {});`,
      `  it.each([1, 2])(`,
      `    'is two',`,
      `  test(\`is \${name}\`, () => {});`,
      `  it.skip("is off", () => {});`,
    ].join("\n");
    expect([...titlesIn("a.test.ts", source)]).toEqual(['is "one"', "is %s", "is two", "is ${name}"]);
    expect([hasSkippedTests(source), hasSkippedTests('it("a", () => {})')]).toEqual([true, false]);
    expect([...titlesIn("a.case", "the title\n-- command --\n")]).toEqual(["the title"]);
  });
});
