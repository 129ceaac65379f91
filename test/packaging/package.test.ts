import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const subpaths = [".", "./secrets", "./tls", "./kubernetes", "./prometheus", "./slack", "./deploy", "./flow", "./playground"];

let folder: string;

beforeAll(async () => {
  await run("node", ["scripts/build.mjs"], { cwd: root });
  folder = await mkdtemp(join(tmpdir(), "errand-package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", `./${filename}`], { cwd: folder });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder outside of the consumer's, with files. */
async function openProject(files: Readonly<Record<string, string>>): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), "errand-project-"));
  onTestFinished(() => rm(project, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "package.json": "{}", ...files })) {
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), text);
  }
  return project;
}

async function sizeBytes(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("the packed package, installed", () => {
  it("exports exactly the subpaths of package.json", async () => {
    const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { exports: Record<string, unknown> };
    expect(Object.keys(exports).filter((path) => !path.endsWith(".json"))).toEqual(subpaths);
  });

  it.each(subpaths)("imports errand%s", async (subpath) => {
    const name = `errand${subpath.slice(1)}`;
    const { stdout } = await run(
      "node",
      ["--input-type=module", "-e", `const room = await import(${JSON.stringify(name)}); console.log(Object.keys(room).length > 0)`],
      { cwd: folder },
    );
    expect(stdout.trim()).toBe("true");
  });

  it("has a deploy schema that editors can read", async () => {
    const schema = JSON.parse(await readFile(join(folder, "node_modules/errand/dist/deploy.schema.json"), "utf8")) as {
      $schema: string;
      required: string[];
    };
    expect(schema.$schema).toContain("json-schema.org");
    expect(schema.required).toContain("target");
  });

  it("runs the command", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    const { stdout } = await run(join(folder, "node_modules/.bin/errand"), ["--version"]);
    expect(stdout.trim()).toContain(version);
    const explained = await run(join(folder, "node_modules/.bin/errand"), ["explain", "ERR_TLS_EXPIRED"]);
    expect(explained.stdout).toContain("expired");
  });

  it("runs flows of a project that has no errand, with its own", async () => {
    const project = await openProject({
      "hello.ts": `import { Session } from "errand";
import { flow } from "errand/flow";
export const hello = flow("hello", async (run, name: string) => run.step("greet", () => \`hello \${name} \${typeof Session}\`));
`,
    });
    const args = ["run", "hello.ts", "--input", '"Ann"', "--id", "a"];
    const { stdout, stderr } = await run(join(folder, "node_modules/.bin/errand"), args, { cwd: project });
    expect({ stdout, stderr }).toEqual({ stdout: "hello Ann function\n", stderr: "run a of hello\n" });
    const listed = await run(join(folder, "node_modules/.bin/errand"), ["runs"], { cwd: project });
    expect(listed.stdout).toMatch(/^a {4}hello {2}done/m);
  });

  it("runs flows of a project that has an errand with that one, whatever class its flows are of", async () => {
    const project = await openProject({
      "node_modules/errand/package.json": JSON.stringify({
        name: "errand",
        version: "9.0.0",
        type: "module",
        exports: { "./flow": "./flow.js" },
      }),
      "node_modules/errand/flow.js": `export const flow = (name, fn) => ({
  name, [Symbol.for("errand.flow.v1")]: true, start: async (input, { id }) => fn({ id }, input),
});
`,
      "hello.mjs": `import { flow } from "errand/flow";\nexport default flow("theirs", (run) => \`the project's own ran \${run.id}\`);\n`,
    });
    const { stdout } = await run(join(folder, "node_modules/.bin/errand"), ["run", "hello.mjs", "--id", "b"], { cwd: project });
    expect(stdout).toBe("the project's own ran b\n");
  });

  it("runs the demo from the package alone", async () => {
    const { stdout } = await run(join(folder, "node_modules/.bin/errand"), ["demo"], { timeout: 120_000 });
    expect(stdout).toContain("rolled back");
  });

  it("brings at most eight packages and six megabytes", async () => {
    const names = (await readdir(join(folder, "node_modules"))).filter((name) => !name.startsWith("."));
    expect(names.length).toBeLessThanOrEqual(8);
    expect(await sizeBytes(join(folder, "node_modules"))).toBeLessThan(6_000_000);
  });

  it("says how to install the optional packages that an option needs", async () => {
    const code = `import { Session } from "errand";
for (const options of [{ tracing: true }, { cookies: true }]) {
  try { new Session(options); } catch (error) { console.log(error.code, error.hint); }
}`;
    const { stdout } = await run("node", ["--input-type=module", "-e", code], { cwd: folder });
    expect(stdout.trim().split("\n")).toEqual([
      "ERR_PEER_MISSING npm install @opentelemetry/api@1",
      "ERR_PEER_MISSING npm install tough-cookie@6",
    ]);
  });

  it("has no install scripts", async () => {
    const { scripts } = JSON.parse(await readFile(join(folder, "node_modules/errand/package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  it("type-checks in a consumer's project", async () => {
    await writeFile(
      join(folder, "consumer.ts"),
      `import errand, { Session, HTTPError, type Attempt } from "errand";
import { Cluster } from "errand/kubernetes";
import { Prometheus } from "errand/prometheus";
import { Slack } from "errand/slack";
import { deploy } from "errand/deploy";
import { fakeServer } from "errand/playground";
const users: { id: number }[] = await errand.get("https://example.com").json<{ id: number }[]>();
const attempts: readonly Attempt[] = (await new Session({}).get("https://example.com")).attempts;
export { users, attempts, HTTPError, Cluster, Prometheus, Slack, deploy, fakeServer };
`,
    );
    const args = [
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--module",
      "nodenext",
      "--types",
      "node",
      "--typeRoots",
      join(root, "node_modules/@types"),
      "consumer.ts",
    ];
    await run(join(root, "node_modules/.bin/tsc"), args, { cwd: folder });
  });

  it("sets nothing global and is quick to import", async () => {
    const code = `const before = new Set(Object.getOwnPropertyNames(globalThis)); const symbols = Object.getOwnPropertySymbols(globalThis).length;
await import("errand"); console.log(JSON.stringify([Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name)), Object.getOwnPropertySymbols(globalThis).length - symbols]));`;
    const { stdout } = await run("node", ["--input-type=module", "-e", code], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual([[], 0]);
  });
});
