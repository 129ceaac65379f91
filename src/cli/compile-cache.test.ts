import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { compileCacheFolder } from "./compile-cache.ts";

const home = join(homedir(), ".cache", "errand", "compile");

it("is the user's own cache folder, or the one that is named by a whole path", () => {
  const directory = mkdtempSync(join(tmpdir(), "errand-cache-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect([{}, { XDG_CACHE_HOME: "" }, { XDG_CACHE_HOME: "here" }].map((env) => compileCacheFolder(env))).toEqual([home, home, home]);
  expect(compileCacheFolder({ XDG_CACHE_HOME: directory })).toBe(join(directory, "errand", "compile"));
  expect(compileCacheFolder({ XDG_CACHE_HOME: join(directory, "new") })).toBe(join(directory, "new", "errand", "compile"));
});

it("is none where there is no such place, or it belongs to somebody else", () => {
  expect(compileCacheFolder({ XDG_CACHE_HOME: "/no/such/place" })).toBeUndefined();
  expect(compileCacheFolder({ XDG_CACHE_HOME: join(tmpdir(), "x") }, (process.getuid?.() ?? 0) + 1)).toBeUndefined();
});
