import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, journalPath, openDatabase } from "../../../test/flow/journal-folder.ts";
import { manualClock } from "../../../test/flow/manual-clock.ts";
import { failureOf } from "../../../test/test-session.ts";
import { flow, localEngine } from "../index.ts";
import { journalFile } from "./journal-file.ts";

const one = flow("one", (run) => run.step("one", () => 1));

const day = 86_400_000;

describe("the journal's file", () => {
  it("is the project's, with a .gitignore of its own, and for its owner alone", async () => {
    const project = await folder();
    await mkdir(join(project, ".git"));
    await mkdir(join(project, "deep/down"), { recursive: true });
    const file = journalFile(undefined, {}, join(project, "deep/down"));
    expect(file).toBe(join(project, ".errand/runs.db"));
    expect(await one.start(undefined, { journal: file })).toBe(1);
    expect(await readFile(join(project, ".errand/.gitignore"), "utf8")).toBe("*\n");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  });

  it("is that of $ERRAND_HOME, or the one that is given", () => {
    expect(journalFile(undefined, { ERRAND_HOME: "/var/lib/errand" }, "/srv/app")).toBe("/var/lib/errand/runs.db");
    expect(journalFile("mine.db", { ERRAND_HOME: "/var/lib/errand" }, "/srv/app")).toBe("/srv/app/mine.db");
  });

  it("is not made by looking: a missing one is an error, and no directory appears", async () => {
    const project = await folder();
    const journal = join(project, "state/runs.db");
    expect(() => localEngine({ journal, create: false })).toThrow(expect.objectContaining({ code: "ERR_JOURNAL_MISSING", file: journal }));
    expect(await readdir(project)).toEqual([]);
    await one.start(undefined, { id: "a", journal });
    const engine = localEngine({ journal, create: false });
    expect(engine.find("a")).toMatchObject({ status: "done", value: 1, error: undefined, isCancelling: false });
    await engine.close();
  });

  it("is none with :memory:, and the runs end with the engine", async () => {
    const engine = localEngine({ journal: ":memory:" });
    expect(await one.start(undefined, { id: "a", engine })).toBe(1);
    expect(engine.runs().map(({ id }) => id)).toEqual(["a"]);
    await engine.close();
    const other = localEngine({ journal: ":memory:" });
    expect(other.find("a")).toBeUndefined();
    await other.close();
    await expect(stat(":memory:")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("that others could read is closed to them", async () => {
    const journal = await journalPath();
    await writeFile(journal, "");
    await chmod(journal, 0o644);
    await one.start(undefined, { journal });
    expect((await stat(journal)).mode & 0o777).toBe(0o600);
  });
});

describe("what is kept", () => {
  it("is pruned by age and count; the ids stay taken", async () => {
    const journal = await journalPath();
    const engine = localEngine({ journal, retention: "30d", keep: 2 });
    const caller = flow("caller", (run) => run.call("one", one, undefined));
    await caller.start(undefined, { id: "a", engine });
    for (const id of ["b", "c"]) await one.start(undefined, { id, engine });
    expect(await engine.prune()).toBe(1);
    expect(engine.find("a")).toMatchObject({ isPruned: true, status: "done" });
    expect(engine.find("a/one")).toMatchObject({ isPruned: true });
    expect(engine.runs().map(({ id }) => id)).toEqual(["c", "b"]);
    expect(await failureOf(caller.start(undefined, { id: "a", engine }))).toMatchObject({ code: "ERR_RUN_ID" });
    expect(await one.start(undefined, { id: "b", engine })).toBe(1);
    await engine.close();

    const clock = manualClock(Date.now() + 29 * day);
    const later = localEngine({ journal, clock });
    expect(await later.prune()).toBe(0);
    clock.advance(2 * day);
    expect(await later.prune()).toBe(2);
    expect(later.find("b")).toMatchObject({ isPruned: true });
    expect(openDatabase(journal).prepare("SELECT count(*) AS n FROM step").get()).toEqual({ n: 0 });
    await later.close();
  });
});
