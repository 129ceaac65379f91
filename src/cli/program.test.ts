import { describe, expect, it } from "vitest";
import { memoryIo } from "../../test/cases/memory-io.ts";
import { catalog } from "../errors/index.ts";
import { commandTable } from "./command-table.ts";
import { exitCodeOfError, exitCodeOfStatus } from "./exit-codes.ts";
import { nearest } from "../errors/index.ts";
import { main } from "./program.ts";

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = memoryIo();
  const code = await main(argv, io);
  return { code, stdout: io.stdoutText(), stderr: io.stderrText() };
}

describe("errand --help", () => {
  it("names every command, on one screen", async () => {
    const { code, stdout, stderr } = await run("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of commandTable.keys()) expect(stdout).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
    expect(stdout.split("\n").length).toBeLessThan(40);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThan(100);
  });

  it("is what errand help prints", async () => expect(await run("help")).toEqual(await run("--help")));

  it("is there for every command, under its own name", async () => {
    for (const name of commandTable.keys()) {
      const { code, stdout } = await run(name, "--help");
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(stdout).toContain(`Usage: errand ${name}`);
    }
    expect(await run("help", "explain")).toEqual(await run("explain", "--help"));
  });
});

describe("exit codes", () => {
  it("give the class of a status", () => {
    expect([200, 204, 302, 304, 404, 429, 500, 503].map(exitCodeOfStatus)).toEqual([0, 0, 3, 3, 4, 4, 5, 5]);
  });

  it("come from the catalog for errors", () => {
    expect(exitCodeOfError("ERR_TIMEOUT")).toBe(2);
    expect(exitCodeOfError("ERR_TLS_EXPIRED")).toBe(7);
    expect(exitCodeOfError("ERR_DNS")).toBe(8);
    expect(exitCodeOfError("ERR_USAGE")).toBe(64);
  });
});

describe("errand explain", () => {
  it.each(["ERR_TLS_EXPIRED", "tls_expired", "tls-expired", "Err_Tls_Expired"])("finds %s", async (typed) => {
    const { code, stdout } = await run("explain", typed);
    expect(code).toBe(0);
    expect(stdout).toContain("ERR_TLS_EXPIRED: A certificate has expired");
    expect(stdout).toContain(catalog.ERR_TLS_EXPIRED.remedy);
    expect(stdout).toContain("Exit code 7");
  });

  it("names the nearest code for one that does not exist", async () => {
    const { code, stderr } = await run("explain", "timout");
    expect(code).toBe(64);
    expect(stderr).toContain("Did you mean ERR_TIMEOUT?");
  });

  it("lists every code without an argument, and all as JSON", async () => {
    const { stdout } = await run("explain");
    for (const code of Object.keys(catalog)) expect(stdout).toContain(`${code} `);
    const pages = JSON.parse((await run("explain", "--json")).stdout) as { code: string }[];
    expect(pages.map((page) => page.code)).toEqual(Object.keys(catalog));
  });

  it("gives one page as JSON", async () => {
    expect(JSON.parse((await run("explain", "timeout", "--json")).stdout)).toEqual({ code: "ERR_TIMEOUT", ...catalog.ERR_TIMEOUT });
  });
});

describe("nearest", () => {
  it("gives the closest candidate", () => expect(nearest("playgruond", ["pods", "posts", "playground"])).toBe("playground"));
  it("gives none when nothing is close", () => expect(nearest("zzzzzz", ["pods", "posts"])).toBeUndefined());
});
