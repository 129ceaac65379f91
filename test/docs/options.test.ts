import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requestOptionNames, sessionOptionNames } from "../../src/client/own-options.ts";
import { bareFields, exportedNames, exportsPage, subpaths } from "./exports-page.ts";
import { brokenLink, localLinks, pages, proseOf, root, targetOf } from "./markdown.ts";

const surface = readFileSync(join(root, "test/packaging/api/errand.txt"), "utf8");
const optionsPage = proseOf("docs/reference/options.md");

/** The tables of options.md: type -> the first column, in its order. */
const tables = new Map(
  optionsPage
    .split(/^## /m)
    .slice(1)
    .map((section) => [/`(\w+)`/.exec(section)?.[1] ?? section, [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name)]),
);

/** The properties a type of the public surface has of its own; undefined when there is no such interface. */
function propertiesOf(type: string): readonly string[] | undefined {
  const body = new RegExp(`^export interface ${type}(?:<T>)?(?: extends [^{]*)? \\{\\n([\\s\\S]*?)^\\}`, "m").exec(surface)?.[1];
  return body === undefined ? undefined : [...body.matchAll(/^ {4}readonly (\w+)\??:/gm)].map(([, name = ""]) => name);
}

function documented(...types: readonly string[]): readonly string[] {
  return types.flatMap((type) => tables.get(type) ?? []).sort();
}

describe("docs/reference/options.md", () => {
  it("names the options that a session checks, and no other", () => {
    expect(documented("SharedOptions", "SessionOptions", "LimitOptions")).toEqual([...sessionOptionNames].sort());
  });

  it("names the options that a call checks, and no other", () => {
    expect(documented("SharedOptions", "RequestOptions", "BodyOptions")).toEqual([...requestOptionNames].sort());
  });

  it("has a table for every options type that is exported, and for those within them", () => {
    const types = exportedNames("errand").filter((name) => name.endsWith("Options") && propertiesOf(name) !== undefined);
    expect(types.length).toBeGreaterThan(15);
    expect([...tables.keys()].sort()).toEqual([...types, "CookieLimits", "PageNumbering", "ProxySettings"].sort());
  });

  it.each([...tables])("the table of %s names its properties, and no other", (type, names) => {
    expect([...names].sort()).toEqual([...(propertiesOf(type) ?? [])].sort());
  });

  it("says of every option what it takes, its default, what it does and where to read on", () => {
    const rows = optionsPage.split("\n").filter((line) => line.startsWith("| `"));
    const short = rows.filter((row) => !/^\| `\w+` \| [^|]+ \| [^|]+ \| [^|]+ \| \[[^|]+\]\(\.\.\/guide\/[^|]+\) \|$/.test(row));
    expect(short).toEqual([]);
  });
});

describe("docs/reference/exports.md", () => {
  it("is what `npm run docs` writes", () => {
    expect(readFileSync(join(root, "docs/reference/exports.md"), "utf8")).toBe(exportsPage());
  });

  it.each(subpaths())("every export of %s is mentioned in docs/", (subpath) => {
    const words = new Set(
      pages()
        .filter((page) => page.startsWith("docs/"))
        .flatMap((page) => readFileSync(join(root, page), "utf8").match(/\w+/g) ?? []),
    );
    const names = exportedNames(subpath);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});

describe("the TSDoc", () => {
  it.each(subpaths())("of %s says of every option what it is", (subpath) => {
    expect(bareFields(subpath)).toEqual([]);
  });
});

describe("the pages of docs/", () => {
  it("are all linked from docs/index.md, by themselves or by their folder", () => {
    const linked = new Set(localLinks("docs/index.md").map((link) => targetOf("docs/index.md", link).replace(/\/$/, "")));
    const alone = pages().filter((page) => page.startsWith("docs/") && page !== "docs/index.md" && !linked.has(page));
    expect(alone.filter((page) => !linked.has(page.slice(0, page.lastIndexOf("/"))))).toEqual([]);
  });

  it.each(pages())("every link of %s leads to a file and heading", (page) => {
    expect(localLinks(page).flatMap((link) => brokenLink(page, link) ?? [])).toEqual([]);
  });
});
