/** One promise of docs/reference/promises.md, and the tests that show it. */
export interface Promised {
  /** `1.4` */
  readonly id: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

export interface PromisesPage {
  readonly rows: readonly Promised[];
  /** What is wrong with the page by itself: lines that are no rows, numbers that are missing or there twice, rows without a test. */
  readonly faults: readonly string[];
}

const headings: ReadonlySet<string> = new Set(["| rule | promise | shown by |", "|---|---|---|"]);
const row = /^\| \*\*(?<chapter>\d+)\.(?<number>\d+) [^*|]+\*\* \| [^|]+ \| (?<shown>[^|]*)\|$/;
const shownBy = /^`(?<file>[^`]+)`: (?<titles>`[^`]+`(?:, `[^`]+`)*)$/;

export function readPromises(page: string): PromisesPage {
  const rows: Promised[] = [];
  const faults: string[] = [];
  let [chapter, number] = [-1, 0];
  for (const line of page.split("\n")) {
    const heading = /^## (\d+)\./.exec(line);
    if (heading !== null) {
      if (Number(heading[1]) !== chapter + 1) faults.push(`chapter ${heading[1]} follows chapter ${chapter}`);
      [chapter, number] = [Number(heading[1]), 0];
    }
    if (!line.startsWith("|") || headings.has(line)) continue;
    const groups = row.exec(line)?.groups;
    if (groups === undefined) {
      faults.push(`no row: ${line.slice(0, 60)}`);
      continue;
    }
    const id = `${groups["chapter"]}.${groups["number"]}`;
    number += 1;
    if (id !== `${chapter}.${number}`) faults.push(`${id} stands where ${chapter}.${number} is due`);
    rows.push({ id, tests: readTests(id, groups["shown"] ?? "", faults) });
  }
  return { rows, faults };
}

function readTests(id: string, cell: string, faults: string[]): Promised["tests"] {
  if (cell.trim() === "") {
    faults.push(`${id} has no test`);
    return [];
  }
  return cell.split("<br>").flatMap((part) => {
    const groups = shownBy.exec(part.trim())?.groups;
    if (groups === undefined) faults.push(`${id} names its tests in a form of its own: ${part.slice(0, 60)}`);
    const titles = groups?.["titles"]?.slice(1, -1).split("`, `") ?? [];
    return titles.map((title) => ({ file: String(groups?.["file"]), title }));
  });
}

/** `it("...", `, `test("...", `, and the `)("...", ` that ends a table of cases. A skipped test is none. */
const literal = /(?:\b(?:it|test)|\))\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)\s*,/g;

/** The titles of a file's tests as they stand in its source, placeholders and all; of a case file its first line. */
export function titlesIn(file: string, source: string): ReadonlySet<string> {
  if (file.endsWith(".case")) return new Set([source.split("\n", 1)[0] ?? ""]);
  return new Set([...source.matchAll(literal)].map(([, text = ""]) => unquote(text)));
}

/** True for a file in which tests are switched off, so that a title of it proves nothing. */
export function hasSkippedTests(source: string): boolean {
  return /\b(?:it|test|describe)\.(?:skip|todo|fails)\b/.test(source);
}

function unquote(text: string): string {
  const inside = text.slice(1, -1);
  return inside.replaceAll(/\\(u[0-9a-fA-F]{4}|.)/g, (_whole, escaped: string) =>
    escaped.length > 1 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (controls[escaped] ?? escaped),
  );
}

const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "0": "\0" };
