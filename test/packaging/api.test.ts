import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { publicSurface } from "./public-surface.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, string | { types: string }> };
const entries = Object.entries(exports).flatMap(([subpath, entry]) => (typeof entry === "string" ? [] : [[subpath, entry.types] as const]));

beforeAll(() => void execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: root }), 120_000);

describe("the public surface", () => {
  it.each(entries)("of errand%s is the one in its snapshot; npm run api takes a change over", async (subpath, types) => {
    const name = subpath === "." ? "errand" : subpath.slice(2);
    await expect(publicSurface(join(root, types), join(root, "dist/index.d.ts"))).toMatchFileSnapshot(`api/${name}.txt`);
  });

  it("holds the options, errors and codes that users write", () => {
    const surface = publicSurface(join(root, "dist/index.d.ts"));
    for (const text of ["maxResponseSize?:", "class TooManyRedirectsError extends", "ERR_HTTP_STATUS", "readonly idempotencyKey?:"]) {
      expect(surface).toContain(text);
    }
    expect(surface).not.toMatch(/#private|import |\/\*\*/);
  });
});
