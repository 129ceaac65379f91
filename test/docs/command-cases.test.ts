import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/reference/command-cases.md", root), "utf8");

interface Row {
  readonly number: number;
  readonly files: readonly string[];
  /** Why errand decides otherwise; empty where it does not. */
  readonly reason: string;
}

const rows: readonly Row[] = [...page.matchAll(/^\| (\d+) \| .+? \| (.*?) \| (.*?) ?\|$/gm)].map(([, number, shown = "", reason = ""]) => ({
  number: Number(number),
  files: [...shown.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file),
  reason,
}));

describe("docs/reference/command-cases.md", () => {
  it("has each of the 87 cases once, in order", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 87 }, (_, index) => index + 1));
    expect(page.match(/^\| \d/gm)?.length).toBe(87);
  });

  it("shows each by a file that exists, or says why not", () => {
    for (const { number, files, reason } of rows) {
      expect(files.length > 0 || reason.length > 20, `case ${number} is neither shown nor decided`).toBe(true);
      for (const file of files) expect(existsSync(new URL(file, root)), `case ${number}: ${file}`).toBe(true);
    }
    expect(rows.filter(({ files }) => files.length === 0).length).toBeLessThanOrEqual(3);
  });

  it("names every case file that has a number in the row of that number", () => {
    const folder = new URL("test/cases/", root);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".case"));
    const numbered = files.flatMap((file) => {
      const number = /^(\d+): /.exec(readFileSync(new URL(file.replaceAll("\\", "/"), folder), "utf8"))?.[1];
      return number === undefined ? [] : [{ number: Number(number), file: `test/cases/${file.replaceAll("\\", "/")}` }];
    });
    expect(numbered.length).toBeGreaterThan(80);
    for (const { number, file } of numbered) expect(rows[number - 1]?.files, `case ${number}`).toContain(file);
  });
});
