import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { commandTable } from "../command-table.ts";
import { main } from "../program.ts";

async function script(shell: string): Promise<string> {
  const io = memoryIo();
  expect(await main(["completion", shell], io)).toBe(0);
  return io.stdoutText();
}

/** What bash offers where the cursor stands: at the end of the last word. */
function offered(completion: string, ...words: string[]): string[] {
  const line = ["errand", ...words].map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _errand; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const bash = spawnSync("bash", ["--norc", "-c", `${completion}\n${ask}`], { encoding: "utf8" });
  expect(bash.stderr).toBe("");
  return bash.stdout.split("\n").filter((word) => word !== "");
}

describe("errand completion", () => {
  it("completes commands, options, choices and subcommands in bash", async () => {
    const completion = await script("bash");
    expect(offered(completion, "do")).toEqual(["download", "doctor"]);
    expect(offered(completion, "")).toEqual([...commandTable.keys()]);
    expect(offered(completion, "get", "--pag")).toEqual(["--paginate"]);
    expect(offered(completion, "example.com", "--time")).toEqual(["--timeout"]);
    expect(offered(completion, "get", "--pretty", "f")).toEqual(["format"]);
    expect(offered(completion, "get", "--timeout", "x")).toEqual([]);
    expect(offered(completion, "deploy", "ini")).toEqual(["init"]);
    expect(offered(completion, "completion", "fi")).toEqual(["fish"]);
    expect(offered(completion, "explain", "--js")).toEqual(["--json"]);
  });

  it.each(["zsh", "fish"])("names every command and every option for %s, with quotes in pairs", async (shell) => {
    const completion = await script(shell);
    for (const name of commandTable.keys()) expect(completion).toContain(name);
    for (const option of ["timeout", "paginate", "sha256", "unix-socket"]) expect(completion).toMatch(new RegExp(`(--|-l )${option}`));
    // A shell that is here or not: every word in quotes ends.
    for (const line of completion.split("\n").filter((one) => !one.startsWith("#")))
      expect((line.replaceAll(`'"'"'`, "").match(/'/g)?.length ?? 0) % 2).toBe(0);
  });
});
