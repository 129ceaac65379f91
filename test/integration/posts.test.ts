import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fakeServer, startJsonPlaceholder, type FakeServer } from "../../src/playground/index.ts";
import { errand, ErrandProcess } from "./errand-process.ts";
import { until } from "./until.ts";

/** JSONPlaceholder behind a proxy whose way there can be broken, route by route. */
async function openProxy(): Promise<FakeServer> {
  const origin = await startJsonPlaceholder();
  onTestFinished(() => origin.close());
  const proxy = await fakeServer();
  onTestFinished(() => proxy.close());
  proxy.on("GET *").reply(async ({ target }) => {
    const answer = await fetch(origin.url + target);
    return { status: answer.status, headers: { "content-type": answer.headers.get("content-type") ?? "" }, body: await answer.bytes() };
  });
  return proxy;
}

function posts(proxy: FakeServer, ...flags: readonly string[]): ReturnType<typeof errand> {
  return errand(["posts", "--base", proxy.url, ...flags], { cwd: tmpdir() });
}

const ten = { json: Array.from({ length: 10 }, (_none, id) => ({ id })) };

interface Row {
  readonly id: number;
  readonly posts?: number;
  readonly error?: string;
}

/** ID, name and number of posts of each user, as the table has them. */
function rowsOf(stdout: string): readonly (readonly string[])[] {
  return stdout.split("\n").flatMap((line) => {
    const [, ...cells] = /^ *(\d+)  (\S.*?) +(\d+|-)(?:  (\S.*))?$/.exec(line.trimEnd()) ?? [];
    return cells.length === 0 ? [] : [cells.filter((cell) => cell !== undefined)];
  });
}

describe("errand posts over a network with faults", () => {
  it("counts the posts of everybody else when one user's are always reset", async () => {
    const proxy = await openProxy();
    proxy.on("GET /posts?userId=3").reset();
    const { exitCode, stdout, stderr } = await posts(proxy);
    expect(exitCode).toBe(1);
    const rows = rowsOf(stdout);
    expect(rows.map(([id, , count, error]) => [id, count, error])).toEqual(
      Array.from({ length: 10 }, (_none, index) =>
        index === 2 ? ["3", "-", "ERR_CONNECTION_RESET"] : [String(index + 1), "10", undefined],
      ),
    );
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("10 users, 90 posts; for 1 of them the posts could not be read");
    // One more where it went over a connection that had served before: that says nothing of the server.
    expect(proxy.callsTo("GET /posts?userId=3").length).toBeGreaterThanOrEqual(3);
    expect(stderr.match(/attempt \d of 3: /g)).toEqual(["attempt 1 of 3: ", "attempt 2 of 3: "]);
  });

  it("gives the same as JSON", async () => {
    const proxy = await openProxy();
    proxy.on("GET /posts?userId=7").reset();
    const { exitCode, stdout } = await posts(proxy, "--json");
    expect(exitCode).toBe(1);
    const summary = JSON.parse(stdout) as { readonly users: readonly Row[]; readonly totals: unknown };
    expect(summary.totals).toEqual({ users: 10, posts: 90, failed: 1 });
    expect(summary.users.filter(({ posts: count }) => count !== 10)).toEqual([
      expect.objectContaining({ id: 7, error: "ERR_CONNECTION_RESET" }),
    ]);
  });

  it("loses nobody to faults that pass: a reset, a 503 and a truncated answer", async () => {
    const proxy = await openProxy();
    // Twice: the first may hit a connection that had served before, and is then repeated without a word.
    proxy.on("GET /posts?userId=1").reset({ times: 2 }).reply(ten);
    proxy.on("GET /posts?userId=4").fail(503, { retryAfter: 1 }).reply(ten);
    proxy
      .on("GET /posts?userId=9")
      .reply({ ...ten, cutAfterBytes: 20 })
      .reply(ten);
    const { exitCode, stdout, stderr } = await posts(proxy);
    expect({ exitCode, last: stdout.trimEnd().split("\n").at(-1) }).toEqual({ exitCode: 0, last: "10 users, 100 posts" });
    for (const cause of ["ERR_CONNECTION_RESET", "503", "ERR_BODY_TRUNCATED"])
      expect(stderr).toMatch(new RegExp(`attempt 1 of 3: ${cause}`));
  });

  it("fails as a whole when the users cannot be had", async () => {
    const proxy = await openProxy();
    proxy.on("GET /users").reset();
    const { exitCode, stdout, stderr } = await posts(proxy);
    expect({ exitCode, stdout }).toEqual({ exitCode: 8, stdout: "" });
    expect(stderr).toContain("ERR_CONNECTION_RESET");
  });

  it("ends quietly on Ctrl-C, with nothing of a table", async () => {
    const proxy = await openProxy();
    proxy.on("GET /posts?userId=2").hang();
    const child = new ErrandProcess(["posts", "--base", proxy.url], { cwd: tmpdir() });
    await until(() => proxy.callsTo("GET /posts?userId=2").length > 0, "the request that hangs");
    child.kill("SIGINT");
    expect(await child.ended).toEqual({ exitCode: 130, signal: null, stdout: "", stderr: "errand: interrupted\n" });
  });

  it("goes on under its id after kill -9 in the middle: who was counted is not asked for again", async () => {
    const proxy = await openProxy();
    const cwd = await mkdtemp(join(tmpdir(), "errand-posts-"));
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    proxy.on("GET /posts?userId=6").hang({ times: 1 }).reply(ten);
    const args = ["posts", "--base", proxy.url, "--id", "today", "--journal", "runs.db"];
    const child = new ErrandProcess(args, { cwd });
    // The others of the four lanes go on until nothing is left for them.
    await until(async () => (await recordedCounts(cwd)) === 9, "the records of the others");
    child.kill("SIGKILL");
    expect(await child.ended).toMatchObject({ signal: "SIGKILL", stdout: "" });
    const resumed = await errand(args, { cwd });
    expect(resumed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(resumed.stdout.trimEnd().split("\n").at(-1)).toBe("10 users, 100 posts");
    const asked = proxy.calls.map(({ target }) => target);
    expect(asked.filter((target) => target === "/posts?userId=6").length).toBe(2);
    expect([...asked].sort()).toEqual(
      ["/users", "/posts?userId=6", ...Array.from({ length: 10 }, (_none, index) => `/posts?userId=${index + 1}`)].sort(),
    );
  });

  it("says on Ctrl-C how a recorded run goes on", async () => {
    const proxy = await openProxy();
    const cwd = await mkdtemp(join(tmpdir(), "errand-posts-"));
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    proxy.on("GET /posts?userId=2").hang({ times: 1 }).reply(ten);
    const child = new ErrandProcess(["posts", "--base", proxy.url, "--journal", "runs.db"], { cwd });
    await until(() => proxy.callsTo("GET /posts?userId=2").length > 0, "the request that hangs");
    child.kill("SIGINT");
    const { exitCode, stderr } = await child.ended;
    expect(exitCode).toBe(130);
    const [, id = "", line = ""] = /^run (\S+)\nto go on: errand (.*)\nerrand: interrupted\n$/.exec(stderr) ?? [];
    expect(line).toBe(`posts --base ${proxy.url} --id ${id} --journal runs.db`);
    expect(await errand(line.split(" "), { cwd })).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("10 users, 100 posts") });
  });
});

/** How many users' posts the run has recorded. */
async function recordedCounts(cwd: string): Promise<number> {
  const { stdout } = await errand(["runs", "show", "today", "--json", "--journal", "runs.db"], { cwd });
  if (stdout === "") return 0;
  const { steps } = JSON.parse(stdout) as { readonly steps: readonly { readonly id: string; readonly state: string }[] };
  return steps.filter(({ id, state }) => id.endsWith("/count") && state === "done").length;
}
