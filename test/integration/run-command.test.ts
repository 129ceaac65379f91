import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { splitCommand } from "../cases/case-file.ts";
import { openRunStage, type RunStage } from "./run-stage.ts";
import { until } from "./until.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const publish = example("publish-post.ts");
const input = ["--input", '{"title":"Hello"}'];

/** The API of the examples. */
function serve({ server }: RunStage): void {
  server.on("GET /users").reply({ json: [{ id: 1 }, { id: 2 }, { id: 3 }] });
  server.on("GET /posts").reply({ json: [] });
  server.on("POST /posts").reply({ status: 201, json: { id: 101, title: "Hello" } });
  server.on("POST /comments").reply({ status: 201, json: { id: 501 } });
  server.on("PATCH /posts/101").reply({ json: {} });
  server.on("DELETE /posts/101").reply({ json: {} });
}

/** The command line that stderr ends with, as a shell reads it. */
function lastLine(stderr: string): readonly string[] {
  const line = stderr.split("\n").findLast((each) => /^ +errand run /.test(each)) ?? "";
  return splitCommand(line.trim()).slice(1);
}

describe("errand run", () => {
  it("starts the flow of a TypeScript module, and gives the recorded result under the same id", async () => {
    const stage = await openRunStage();
    stage.server.on("GET /users").fail(503);
    serve(stage);
    const first = await stage.errand("run", publish, ...input, "--id", "hello-1");
    expect(first).toMatchObject({ exitCode: 0, stdout: '{"post":101,"told":3}\n' });
    expect(first.stderr).toMatch(/^run hello-1 of publish-post\nGET \S+\/users\?_limit=3: attempt 1: 503, waiting [\d.]+ m?s\n$/);
    const calls = stage.server.calls.length;
    const second = await stage.errand("run", publish, "--id", "hello-1");
    expect(second).toMatchObject({ exitCode: 0, stdout: first.stdout });
    expect(second.stderr).toBe("run hello-1 of publish-post was done before: this is its recorded result\n");
    expect(stage.server.calls.length).toBe(calls);
    const other = await stage.errand("run", publish, "--input", '{"title":"Bye"}', "--id", "hello-1");
    expect(other).toMatchObject({ exitCode: 64, stdout: "", stderr: expect.stringContaining("started with another input") });
  });

  it("makes an id where none is given, and says it", async () => {
    const stage = await openRunStage({
      "texts.mjs": `import { flow } from "errand/flow";\nexport default flow("texts", () => "raw text");\n`,
    });
    const { stdout, stderr } = await stage.errand("run", "texts.mjs");
    expect(stdout).toBe("raw text\n");
    expect(stderr).toMatch(/^run [0-9a-f-]{36} of texts\n$/);
    expect((await stage.errand("run", "texts.mjs", "--json")).stdout).toBe('"raw text"\n');
    await access(join(stage.folder, ".errand/runs.db"));
  });

  it.each(["SIGINT", "SIGTERM"] as const)("is suspended by %s, and the line that it prints goes on", async (signal) => {
    const stage = await openRunStage();
    stage.server.on("GET /users").hang({ times: 1 });
    serve(stage);
    const child = stage.start("run", publish, ...input, "--journal", "my runs.db");
    await until(() => stage.server.calls.length === 1, "the first request");
    child.kill(signal);
    const { exitCode, stdout, stderr } = await child.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stderr).toMatch(
      /was suspended; the steps that were done stay done\. To go on:\n {2}errand run \S+ --id [0-9a-f-]{36} --journal 'my runs\.db'\n$/,
    );
    const resumed = await stage.errand(...lastLine(stderr));
    expect(resumed).toMatchObject({
      exitCode: 0,
      stdout: '{"post":101,"told":3}\n',
      stderr: expect.stringContaining("goes on where it was left"),
    });
    expect(stage.server.callsTo("POST /posts").length).toBe(1);
  });

  it("ends when it is suspended, whatever a step has left running", async () => {
    const stage = await openRunStage({
      "deaf.mjs": `import { flow } from "errand/flow";
export const deaf = flow("deaf", (run) => run.step("wait", () => new Promise((resolve) => {
  console.error("waiting");
  setTimeout(resolve, 3_600_000);
})));
`,
    });
    const child = stage.start("run", "deaf.mjs", "--id", "d");
    await until(() => child.output.includes("waiting"), "the step");
    child.kill("SIGTERM");
    expect(await child.ended).toMatchObject({ exitCode: 130, stderr: expect.stringContaining("  errand run deaf.mjs --id d\n") });
  });

  it("waits for a run that another process has", async () => {
    const stage = await openRunStage();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    stage.server.on("GET /users").reply(async () => {
      await released;
      return { json: [{ id: 1 }] };
    });
    serve(stage);
    const first = stage.start("run", publish, ...input, "--id", "one");
    await until(() => stage.server.calls.length === 1, "the first request");
    const waiting = stage.start("run", publish, ...input, "--id", "one");
    await until(() => waiting.output !== "", "the second to say what it does");
    release();
    const second = await waiting.ended;
    expect(second.stderr).toBe("run one of publish-post is under way in another process: waiting for its result\n");
    expect(second.stdout).toBe((await first.ended).stdout);
    expect(stage.server.callsTo("POST /posts").length).toBe(1);
  });

  it("tries the failed steps of a run again with --again, and says so", async () => {
    const stage = await openRunStage({
      "quota.ts": `import { Session } from "errand";
import { flow } from "errand/flow";
const api = new Session({ baseUrl: process.env.API ?? "", retry: false });
export const quota = flow("quota", async (run) => {
  const limit: number = await run.step("limit", () => api.get("/limit").json<number>(), { retry: false });
  return run.step("use", () => api.get("/use", { params: { limit } }).json(), { retry: false });
});
`,
    });
    stage.server.on("GET /limit").reply({ json: 5 });
    stage.server.on("GET /use").fail(403).reply({ json: "used" });
    const failed = await stage.errand("run", "quota.ts", "--id", "q");
    expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
    expect(failed.stderr).toContain("/use?limit=5 answered 403");
    expect(failed.stderr).toContain("  errand run quota.ts --id q --again\n");
    expect(await stage.errand("run", "quota.ts", "--id", "q")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("run q of quota failed before\n"),
    });
    expect(await stage.errand(...lastLine(failed.stderr))).toMatchObject({ exitCode: 0, stdout: "used\n" });
    expect(stage.server.calls.map(({ target }) => target)).toEqual(["/limit", "/use?limit=5", "/use?limit=5"]);
  });
});

describe("errand run of a step that may have been done", () => {
  const notify = {
    "notify.ts": `import { Session } from "errand";
import { flow } from "errand/flow";
const api = new Session({ baseUrl: process.env.API ?? "" });
export const notify = flow("notify", async (run) => {
  await run.step("send", () => api.post("/alerts", { json: {} }).then(({ status }) => status));
  return "told";
});
`,
  };

  async function killed(): Promise<RunStage> {
    const stage = await openRunStage(notify);
    stage.server.on("POST /alerts").hang({ times: 1 }).reply({ status: 201 });
    const child = stage.start("run", "notify.ts", "--id", "n");
    await until(() => stage.server.calls.length === 1, "the request");
    child.kill("SIGKILL");
    await child.ended;
    return stage;
  }

  it("stops with exit code 14 in a pipe, names what was in flight, and the line that decides", async () => {
    const stage = await killed();
    expect((await stage.errand("runs")).stdout).toMatch(/^n {4}notify {2}interrupted {2}/m);
    const stopped = await stage.errand("run", "notify.ts", "--id", "n");
    expect(stopped).toMatchObject({ exitCode: 14, stdout: "" });
    expect(stopped.stderr).toContain(`POST ${stage.server.url}/alerts`);
    expect(stopped.stderr).toContain("errand run notify.ts --id n --uncertain repeat\n");
    expect(stage.server.calls.length).toBe(1);
    expect((await stage.errand("runs", "show", "n")).stdout).toContain("send was interrupted: whether POST was done is not known");
    expect(await stage.errand(...lastLine(stopped.stderr))).toMatchObject({ exitCode: 0, stdout: "told\n" });
    const [before, after] = stage.server.callsTo("POST /alerts").map(({ headers }) => headers["idempotency-key"]);
    expect(after).toBe(before);
  });

  it("leaves it out with --uncertain skip", async () => {
    const stage = await killed();
    expect(await stage.errand("run", "notify.ts", "--id", "n", "--uncertain", "skip")).toMatchObject({ exitCode: 0, stdout: "told\n" });
    expect(stage.server.calls.length).toBe(1);
  });
});

describe("errand run of a module with a mistake", () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      "an enum",
      { "f.ts": "export const a: number = 1;\nenum Color { Red }\n" },
      ["f.ts:2", "  enum Color { Red }", "an object for an enum"],
    ],
    ["TypeScript that cannot be parsed", { "f.ts": "const a: number = 1;\n\nlet b = ;\n" }, ["f.ts:3", "  let b = ;", "          ^"]],
    [
      "JavaScript that cannot be parsed, in a module it imports",
      { "f.ts": 'import "./g.mjs";\n', "g.mjs": "const a = 1;\nconst = 3;\n" },
      ["g.mjs:2", "  const = 3;"],
    ],
    ["a package that is not installed", { "f.ts": '\nimport { z } from "no-such-package";\n' }, ["f.ts:2", "npm install no-such-package"]],
    ["a file that is not there", { "f.ts": '\n\nimport { z } from "./gone";\n' }, ["f.ts:3", "extension and all"]],
    ["an export that is not there", { "f.ts": 'import { z } from "./g.ts";\n', "g.ts": "export const y = 1;\n" }, ["f.ts:1", "named 'z'"]],
    ["an error at its top", { "f.ts": 'interface A { a: 1 }\nthrow new TypeError("no luck");\n' }, ["f.ts:2:7", "TypeError: no luck"]],
    ["no flow", { "f.ts": "export const a = 1;\n" }, ["f.ts exports no flow", 'import { flow } from "errand/flow";']],
  ])("tells file and line, and nothing of Node's insides: %s", async (_what, files, told) => {
    const stage = await openRunStage(files);
    const { exitCode, stdout, stderr } = await stage.errand("run", "f.ts");
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    for (const text of told) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/node:|\n +at .*\(/);
    await expect(access(join(stage.folder, ".errand"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("tells where a flow's own code failed", async () => {
    const stage = await openRunStage({
      "f.ts": `import { flow } from "errand/flow";\nexport const f = flow("f", (_run, input: { a?: { b: number } }) =>\n  input.a!.b);\n`,
    });
    const { exitCode, stderr } = await stage.errand("run", "f.ts", "--input", "{}");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Cannot read properties of undefined (reading 'b') (ERR_RUN_FAILED)");
    expect(stderr).toContain(`at ${join(stage.folder, "f.ts")}:3:12`);
  });
});

describe("an approval", () => {
  it.each([
    ["approve", /^1\.8\.2 was approved by .+\n$/, "PATCH /posts/101"],
    ["reject", /^1\.8\.2 was rejected by .+\n$/, "DELETE /posts/101"],
  ])("is waited for, and sent by errand runs %s", async (verb, result, call) => {
    const stage = await openRunStage();
    serve(stage);
    const child = stage.start("run", example("approve-release.ts"), "--input", '{"version":"1.8.2"}', "--id", "release-1.8.2");
    const waits = async (): Promise<boolean> =>
      (await stage.errand("runs", "show", "release-1.8.2")).stdout.includes("waits for the signal approve");
    await until(waits, "the run to wait");
    expect(await stage.errand("runs", verb, "rel")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("sent approve to run release-1.8.2"),
    });
    const { exitCode, stdout, stderr } = await child.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(result);
    expect(stderr).toBe(
      "run release-1.8.2 of approve-release\nwaits for the signal approve:\n  errand runs approve release-1.8.2 approve\n",
    );
    expect(stage.server.calls.map(({ method, target }) => `${method} ${target}`)).toEqual(["POST /posts", call]);
  });
});
