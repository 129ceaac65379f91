import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/program.ts";
import { memoryIo } from "../cases/memory-io.ts";

async function leftovers(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("errand-demo-"));
}

describe("errand demo, whole", () => {
  it("tells its four stories, each with the end it must have, and leaves nothing behind", async () => {
    const before = await leftovers();
    const io = memoryIo();
    const code = await main(["demo"], io);
    const table = io.stdoutText().slice(io.stdoutText().indexOf("SCENARIO  "));
    expect(table.split("\n").map((line) => line.split(/ {2,}/).map((cell) => cell.trim()))).toEqual([
      ["SCENARIO", "VERDICT", "EXIT CODE", "SLACK", "NEW REVISIONS"],
      ["a healthy rollout", "done", "0", "1", "1", "as expected"],
      ["a bad image, caught and rolled back", "rolled back and verified", "11", "2", "2", "as expected"],
      ["a critical check, and nothing is changed", "blocked, nothing changed", "10", "1", "0", "as expected"],
      ["the same, with the change as the remedy", "done", "0", "2", "1", "as expected"],
      [""],
      ["Every scenario ended as it must."],
      [""],
    ]);
    expect(code).toBe(0);
    expect(io.stdoutText().match(/^Scenario \d: /gm)).toEqual(["Scenario 1: ", "Scenario 2: ", "Scenario 3: ", "Scenario 4: "]);
    expect(await leftovers()).toEqual(before);
  }, 60_000);
});
