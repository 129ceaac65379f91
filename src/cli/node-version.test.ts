import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { tooOldNode } from "./node-version.ts";

it("names the oldest version of Node that package.json allows", async () => {
  const { engines } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { engines: { node: string } };
  expect(tooOldNode("20.20.2")).toBe(
    `errand needs Node.js ${/[\d.]+/.exec(engines.node)?.[0]?.replace(/\.0$/, "")} or newer, and this is 20.20.2`,
  );
  expect(tooOldNode("22.18.9")).toBeDefined();
});

it.each(["22.19.0", "24.0.0", "26.1.0", process.versions.node])("has nothing to say to %s", (version) => {
  expect(tooOldNode(version)).toBeUndefined();
});
