import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseCase } from "./case-file.ts";
import { expectOutcome } from "./expect-outcome.ts";
import { runCase } from "./run-case.ts";

const here = dirname(fileURLToPath(import.meta.url));
const paths = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".case"))
  .sort();
const titles = new Map<string, string>();

for (const path of paths) {
  const parsed = parseCase(readFileSync(join(here, path), "utf8"));
  it(`${path}: ${parsed.title}`, async () => {
    expect(titles.get(parsed.title), "another case with the same title").toBeUndefined();
    titles.set(parsed.title, path);
    expectOutcome(parsed, await runCase(parsed));
  });
}

it("finds the cases", () => expect(paths.length).toBeGreaterThan(30));
