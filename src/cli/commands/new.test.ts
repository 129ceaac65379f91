import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { fakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

describe("errand new", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "errand-new-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function write(file: string): Promise<{ code: number; stderr: string; stdout: string; text: string }> {
    const io = memoryIo({ cwd: directory });
    const code = await main(["new", file], io);
    return { code, stderr: io.stderrText(), stdout: io.stdoutText(), text: await readFile(join(directory, file), "utf8").catch(() => "") };
  }

  /** As if errand were installed: its name leads to the sources. */
  async function resolvingErrand(): Promise<string> {
    const hook = join(directory, "hook.mjs");
    const entry = new URL("../../index.ts", import.meta.url).href;
    await writeFile(
      hook,
      `import { registerHooks } from "node:module";\nregisterHooks({ resolve: (name, context, next) => (name === "errand" ? { url: ${JSON.stringify(entry)}, shortCircuit: true } : next(name, context)) });\n`,
    );
    return hook;
  }

  it.each(["report.ts", "report.mjs"])("writes a %s of about twenty lines that runs", async (file) => {
    const { code, stdout, text } = await write(file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `wrote ${file}; run it: node ${file}\n` });
    expect(text.split("\n").length).toBeLessThan(35);
    const server = await fakeServer();
    server.on("GET /users").reply({
      json: [
        { id: 1, name: "Ann" },
        { id: 2, name: "Bo" },
      ],
    });
    server.on("GET /posts?userId=1").reply({ json: [{}, {}] });
    server.on("GET /posts?userId=2").reply({ json: [] });
    try {
      const result = await run(process.execPath, ["--import", await resolvingErrand(), join(directory, file), server.url]);
      expect(result.stdout).toBe("Ann: 2 posts\nBo: 0 posts\n");
    } finally {
      await server.close();
    }
  });

  it("writes TypeScript that type-checks in strict mode", async () => {
    await write("report.ts");
    const options = {
      strict: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      module: "nodenext",
      target: "es2022",
      types: ["node"],
      typeRoots: [`${root}node_modules/@types`],
    };
    const compilerOptions = {
      ...options,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      paths: { errand: [`${root}src/index.ts`] },
    };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["report.ts", "broken.ts"] }));
    await writeFile(join(directory, "package.json"), '{"type":"module"}');
    await writeFile(join(directory, "broken.ts"), (await readFile(join(directory, "report.ts"), "utf8")).replace("user.name", "user.nmae"));
    const { stdout } = await run(`${root}node_modules/.bin/tsc`, ["-p", directory]).catch((error: { stdout: string }) => error);
    // Whether the library itself type-checks is another test's question.
    expect(stdout.split("\n").filter((line) => line.includes("report.ts"))).toEqual([]);
    expect(stdout).toMatch(/broken\.ts.*'nmae' does not exist on type 'User'/);
  }, 30_000);

  it("leaves types out of JavaScript", async () => {
    expect((await write("report.js")).text).not.toMatch(/interface|<User|[«»]/);
  });

  it("never writes over a file", async () => {
    await writeFile(join(directory, "mine.ts"), "mine");
    const { code, stderr, text } = await write("mine.ts");
    expect({ code, text }).toEqual({ code: 64, text: "mine" });
    expect(stderr).toContain("it exists already, and is not overwritten");
  });

  it.each([
    ["report.py", "the extension .py is not known"],
    ["report", "the extension is missing"],
    ["report.cjs", "CommonJS has no top-level await"],
    ["none/report.ts", "ENOENT"],
  ])("refuses %s", async (file, message) => {
    const { code, stderr } = await write(file);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });
});
