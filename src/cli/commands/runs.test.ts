import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo, type MemoryIoOptions } from "../../../test/cases/memory-io.ts";
import { flow, localEngine, TerminalError } from "../../flow/index.ts";
import { main } from "../program.ts";

let folder: string;
let journal: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-runs-"));
  journal = join(folder, "runs.db");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function runs(args: readonly string[], options: MemoryIoOptions = {}): Promise<Outcome> {
  const io = memoryIo(options);
  const code = await main(["runs", ...args, "--journal", journal], io);
  return { code, stdout: io.stdoutText(), stderr: io.stderrText() };
}

const greet = flow("greet", (run, name: string) => run.step("greeting", () => `hello ${name}`));
const failing = flow("failing", async (run) => {
  await run.step("first", () => 1);
  await run.step("second", () => {
    throw new TerminalError("there is none");
  });
});
const tidied: string[] = [];
const release = flow("release", async (run) => {
  try {
    await run.step("build", () => "web-7");
    const verdict = await run.signal("approve");
    await run.sleep("settle", "10ms");
    return verdict;
  } finally {
    await run.step("tidy up", () => void tidied.push(run.id));
  }
});

/** Begins a run of `release` and leaves it where it waits. */
async function suspended(id: string): Promise<void> {
  const stop = new AbortController();
  const running = release.start(undefined, { id, journal, signal: stop.signal });
  await waits(id);
  stop.abort();
  await running.catch(() => undefined);
}

/** Resolves when the run of that id waits for a signal. */
async function waits(id: string): Promise<void> {
  const engine = localEngine({ journal });
  while (!engine.steps(id).some(({ kind }) => kind === "signal")) await new Promise((resolve) => setImmediate(resolve));
  await engine.close();
}

describe("errand runs", () => {
  it("lists runs, the last one first, with how they stand", async () => {
    await greet.start("Ann", { id: "a", journal });
    await failing.start(undefined, { id: "b", journal }).catch(() => undefined);
    await suspended("c");
    const { code, stdout, stderr } = await runs([], { now: () => Date.now() + 90_000 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ["RUN", "FLOW", "STATUS", "BEGUN"],
      ["c", "release", "suspended", expect.stringMatching(/^9\ds ago$/)],
      ["b", "failing", "failed", expect.stringMatching(/^9\ds ago$/)],
      ["a", "greet", "done", expect.stringMatching(/^9\ds ago$/)],
      [""],
    ]);
  });

  it("leaves old runs out that have ended, and says how many; --all lists them", async () => {
    await suspended("waiting");
    for (let index = 0; index < 22; index += 1) await greet.start("Ann", { id: `g${index}`, journal });
    const { stdout, stderr } = await runs([]);
    expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "RUN",
      ...Array.from({ length: 20 }, (_each, index) => `g${21 - index}`),
      "waiting",
      "",
    ]);
    expect(stderr).toBe("2 more: errand runs --all\n");
    expect((await runs(["--all"])).stdout.split("\n")).toHaveLength(25);
    expect(JSON.parse((await runs(["--json", "--all"])).stdout)).toHaveLength(23);
  });

  it("says that there is no journal, and makes none", async () => {
    expect(await runs([])).toEqual({ code: 0, stdout: "", stderr: `no runs: there is no journal ${journal}\n` });
    expect(await runs(["--json"])).toMatchObject({ code: 0, stdout: "[]\n" });
    for (const args of [["show", "a"], ["cancel", "a"], ["approve", "a"], ["prune"]]) {
      const { code, stdout, stderr } = await runs(args);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
      expect(stderr).toContain("ERR_JOURNAL_MISSING");
    }
    expect(await readdir(folder)).toEqual([]);
    const io = memoryIo();
    expect(await main(["runs", "--journal", join(folder, "sub", "x.db")], io)).toBe(0);
    expect(existsSync(join(folder, "sub"))).toBe(false);
  });

  it("changes nothing of the journal by looking at it", async () => {
    await suspended("a");
    const before = (await runs(["--json"])).stdout;
    await runs(["show", "a"]);
    expect((await runs(["--json"])).stdout).toBe(before);
    expect(await readdir(folder)).toEqual(["runs.db"]);
  });
});

describe("errand runs show", () => {
  it("tells steps, errors, and how to go on", async () => {
    await failing.start(undefined, { id: "b", journal }).catch(() => undefined);
    const { stdout } = await runs(["show", "b"]);
    expect(stdout).toMatch(/^status {2}failed$/m);
    expect(stdout).toMatch(/^error {3}Run b: step second failed: there is none$/m);
    expect(stdout).toMatch(/^first {3}step {2}done +1 {2}\d+ ms$/m);
    expect(stdout).toMatch(/^second {2}step {2}failed +1 {2}\d+ ms {2}there is none$/m);
    expect(stdout).toContain(`to go on:\n  errand run FILE --id b --journal ${journal} --again\n`);
  });

  it("tells what a run waits for, and the line that sends it", async () => {
    await suspended("c");
    const { stdout } = await runs(["show", "c"]);
    expect(stdout).toMatch(/^approve {2}signal {2}waits/m);
    expect(stdout).toContain(`waits for the signal approve:\n  errand runs approve c approve --journal ${journal}\n`);
    expect(JSON.parse((await runs(["show", "c", "--json"])).stdout)).toMatchObject({
      id: "c",
      status: "suspended",
      steps: [
        { id: "build", value: "web-7" },
        { id: "approve", state: "begun" },
      ],
      waitsFor: { signals: ["approve"], sleeps: [] },
    });
  });

  it.each([
    ["deploy", "errand deploy --resume d"],
    ["rollback", "errand rollback r-1"],
  ])("names the command that goes on with a %s, and leaves recorded times to the JSON", async (name, line) => {
    const stop = new AbortController();
    const held = flow(name, async (run, _input: { run: string }) => {
      await run.now();
      await run.step("hold", ({ signal }) => {
        stop.abort();
        signal.throwIfAborted();
      });
    });
    await held.start({ run: "r-1" }, { id: "d", journal, signal: stop.signal }).catch(() => undefined);
    const { stdout } = await runs(["show", "d"]);
    expect(stdout).toContain(`to go on:\n  ${line} --journal ${journal}\n`);
    expect(stdout).not.toMatch(/^now /m);
  });

  it("tells until when a run sleeps", async () => {
    const stop = new AbortController();
    const sleeper = flow("sleeper", async (run) => {
      await run.step("first", () => 1);
      setImmediate(() => stop.abort());
      await run.sleep("a day", "1d");
    });
    await sleeper.start(undefined, { id: "s", journal, signal: stop.signal }).catch(() => undefined);
    const { stdout } = await runs(["show", "s"]);
    expect(stdout).toMatch(/^sleeps until \d{4}-\S+Z \(a day\)$/m);
    expect(stdout).not.toContain("#until");
  });

  it("finds a run by the beginning of its id, where no other has it", async () => {
    await greet.start("Ann", { id: "deploy-1", journal });
    await greet.start("Bob", { id: "deploy-2", journal });
    expect((await runs(["show", "deploy-2"])).stdout).toContain("hello Bob");
    await greet.start("Eve", { id: "publish-9", journal });
    expect((await runs(["show", "pub"])).stdout).toContain("hello Eve");
    expect(await runs(["show", "dep"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("2 runs begin with dep\n  deploy-2, deploy-1"),
    });
    expect(await runs(["show", "publish9"])).toMatchObject({ code: 64, stderr: expect.stringContaining("Did you mean publish-9?") });
  });
});

describe("errand runs approve", () => {
  it("sends the signal that a run waits for, and who approved", async () => {
    const running = release.start(undefined, { id: "r", journal });
    await waits("r");
    const { code, stdout, stderr } = await runs(["approve", "r"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^sent approve to run r: \{"approved":true,"by":".+"\}\n$/);
    expect(await running).toMatchObject({ approved: true });
  });

  it("sends another value, to a run that goes on later", async () => {
    await suspended("r");
    const sent = await runs(["approve", "r", "approve", "--value", '{"ticket":42}']);
    expect(sent.stdout).toContain('{"ticket":42}');
    expect(sent.stderr).toContain("No process has it. To go on:\n  errand run FILE --id r");
    expect(await runs(["approve", "r"])).toMatchObject({ code: 64, stderr: expect.stringContaining("was sent approve before") });
    expect(await release.start(undefined, { id: "r", journal })).toEqual({ ticket: 42 });
  });

  it("refuses with reject", async () => {
    await suspended("r");
    expect((await runs(["reject", "r"])).code).toBe(0);
    expect(await release.start(undefined, { id: "r", journal })).toMatchObject({ approved: false });
  });

  it.each([
    ["a signal that is not waited for", ["r", "go"], "does not wait for go\n  It waits for approve."],
    ["a value that is no JSON", ["r", "--value", "yes"], "--value is not JSON"],
    ["a run that has ended", ["done"], "run done waits for no signal: it is done"],
  ])("says what is wrong with %s", async (_what, args, problem) => {
    await suspended("r");
    await greet.start("Ann", { id: "done", journal });
    expect(await runs(["approve", ...args])).toMatchObject({ code: 64, stdout: "", stderr: expect.stringContaining(problem) });
  });

  it("asks which, where several are waited for", async () => {
    const stop = new AbortController();
    const both = flow("both", (run) => Promise.all([run.signal("one"), run.signal("two")]));
    const running = both.start(undefined, { id: "b", journal, signal: stop.signal });
    await waits("b");
    expect(await runs(["approve", "b"])).toMatchObject({ code: 64, stderr: expect.stringContaining("It waits for one, two.") });
    stop.abort();
    await running.catch(() => undefined);
  });
});

describe("errand runs cancel", () => {
  it("waits until a run has done what it does in finally", async () => {
    const running = release.start(undefined, { id: "x", journal }).catch((error: { code: string }) => error.code);
    await waits("x");
    expect(await runs(["cancel", "x"])).toMatchObject({ code: 0, stdout: "run x is cancelled\n" });
    expect(await running).toBe("ERR_RUN_CANCELLED");
    expect(tidied).toContain("x");
  });

  it("marks a run that no process has, and says when it ends", async () => {
    await suspended("y");
    const { code, stdout, stderr } = await runs(["cancel", "y"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "run y is being cancelled\n" });
    expect(stderr).toContain("No process has it. It ends when it is started again");
    expect((await runs([])).stdout).toMatch(/^y {4}release {2}cancelling/m);
    const ended = await release.start(undefined, { id: "y", journal }).catch((error: { code: string }) => error.code);
    expect(ended).toBe("ERR_RUN_CANCELLED");
    expect(tidied).toContain("y");
    expect((await runs([])).stdout).toMatch(/^y {4}release {2}cancelled/m);
  });

  it("says that a run has ended", async () => {
    await greet.start("Ann", { id: "a", journal });
    expect(await runs(["cancel", "a"])).toMatchObject({ code: 64, stderr: expect.stringContaining("it is done") });
  });
});

describe("errand runs prune", () => {
  it("takes away what ended runs recorded, by age and count", async () => {
    for (const id of ["a", "b", "c"]) await greet.start("Ann", { id, journal });
    expect(await runs(["prune"])).toMatchObject({ code: 0, stdout: "pruned 0 runs\n" });
    const ended = (JSON.parse((await runs(["--json"])).stdout) as { endedAt: string }[]).map(({ endedAt }) => Date.parse(endedAt));
    expect(Math.max(...ended)).toBeLessThanOrEqual(Date.now());
    while (Date.now() <= Math.max(...ended) + 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await runs(["prune", "--older-than", "1ms"])).toMatchObject({ code: 0, stdout: "pruned 3 runs\n" });
    expect((await runs(["show", "a"])).stdout).toContain("only the id: what it recorded was pruned");
    expect(await runs(["prune", "--older-than", "soon"])).toMatchObject({ code: 64 });
  });
});
