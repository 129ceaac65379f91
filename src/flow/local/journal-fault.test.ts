import { chmod, mkdtemp, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { folder, journalPath, openDatabase } from "../../../test/flow/journal-folder.ts";
import { failureOf } from "../../../test/test-session.ts";
import { flow, JournalError, localEngine } from "../index.ts";

const one = flow("one", (run) => run.step("one", () => 1));

describe("a journal that cannot be used", () => {
  it("because it is no database is left as it is", async () => {
    const journal = await journalPath();
    const text = "this is a letter, and a long one; ".repeat(100);
    await writeFile(journal, text);
    const failure = await failureOf(one.start(undefined, { journal }));
    expect(failure).toBeInstanceOf(JournalError);
    expect(failure).toMatchObject({ code: "ERR_JOURNAL_CORRUPT", file: journal });
    expect(String(failure)).toContain(journal);
    expect(await readFile(journal, "utf8")).toBe(text);
  });

  it("because it is another program's is left as it is", async () => {
    const journal = await journalPath();
    openDatabase(journal).exec("CREATE TABLE letters (text)");
    expect(await failureOf(one.start(undefined, { journal }))).toMatchObject({ code: "ERR_JOURNAL_CORRUPT" });
    expect(openDatabase(journal).prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "letters" }]);
  });

  it("because its pages are damaged says so when it meets them", async () => {
    const journal = await journalPath();
    const engine = localEngine({ journal });
    const big = flow("big", (run) => run.map("each", [...Array(200).keys()], (branch) => branch.step("fill", () => "x".repeat(2000))));
    await big.start(undefined, { id: "big", engine });
    await engine.close();
    const bytes = await readFile(journal);
    bytes.fill(0xff, 4096 * 3);
    await writeFile(journal, bytes);
    const failure = await failureOf(big.start(undefined, { id: "other", journal }));
    expect(failure).toMatchObject({ code: "ERR_JOURNAL_CORRUPT" });
  });

  it("because a newer errand wrote it is left as it is", async () => {
    const journal = await journalPath();
    await one.start(undefined, { id: "kept", journal });
    openDatabase(journal).exec("PRAGMA user_version = 99");
    const failure = await failureOf(one.start(undefined, { journal }));
    expect(failure).toMatchObject({ code: "ERR_JOURNAL_TOO_NEW" });
    expect(String(failure)).toContain("its version is 99");
    expect(openDatabase(journal).prepare("SELECT id, status FROM run").all()).toEqual([{ id: "kept", status: "done" }]);
  });

  it("because its disk is full keeps what was recorded, and the run goes on when there is room", async ({ skip }) => {
    const disk = (await mountedDisk()) ?? (await filledDisk());
    if (disk === undefined) return skip("this user may not mount a small disk, and there is none to fill");
    const journal = join(disk.path, "runs.db");
    const done: number[] = [];
    const filling = flow("filling", async (run) => {
      await run.map(
        "each",
        [...Array(40).keys()],
        (branch, index) =>
          branch.step("fill", () => {
            done.push(index);
            return "x".repeat(50_000);
          }),
        { concurrency: 1 },
      );
      return done.length;
    });
    const failure = await failureOf(filling.start(undefined, { id: "fill", journal }));
    expect(failure).toMatchObject({ code: "ERR_JOURNAL_FULL" });
    expect(done.length).toBeGreaterThan(1);
    expect(done.length).toBeLessThan(40);
    await disk.makeRoom();
    // Only the step that could not be recorded is done again.
    expect(await filling.start(undefined, { id: "fill", journal })).toBe(41);
  });

  it("because it is read-only says so", async () => {
    const journal = await journalPath();
    await one.start(undefined, { journal });
    await chmod(journal, 0o400);
    await chmod(dirname(journal), 0o500);
    const sources = new URL("../index.ts", import.meta.url).href;
    const code = `
      ${process.getuid?.() === 0 ? "const { flow, localEngine } = await import(SOURCES); process.setgid(65534); process.setuid(65534);" : "const { flow, localEngine } = await import(SOURCES);"}
      try { await flow("one", () => 1).start(undefined, { engine: localEngine({ journal: ${JSON.stringify(journal)} }) }); }
      catch (error) { console.log(error.code); }`.replaceAll("SOURCES", JSON.stringify(sources));
    if (process.getuid?.() === 0) await chmod(dirname(journal), 0o555).then(() => chmod(journal, 0o444));
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    await chmod(dirname(journal), 0o700);
    expect(stdout.trim()).toBe("ERR_JOURNAL_READ_ONLY");
  });

  it("because another program holds it says so after a while, and waits for a short hold", async () => {
    const journal = await journalPath();
    const engine = localEngine({ journal, lockTimeout: 100 });
    const holder = openDatabase(journal);
    holder.exec("BEGIN IMMEDIATE");
    expect(await failureOf(one.start(undefined, { engine }))).toMatchObject({ code: "ERR_JOURNAL_LOCKED" });
    const waiting = one.start(undefined, { engine });
    setTimeout(() => holder.exec("COMMIT"), 20);
    expect(await waiting).toBe(1);
    await engine.close();
  });
});

interface TinyDisk {
  readonly path: string;
  makeRoom(): Promise<void>;
}

/** A file system of a megabyte; undefined where this user may not mount one. */
async function mountedDisk(): Promise<TinyDisk | undefined> {
  const path = await folder();
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", [path]));
  return { path, makeRoom: async () => void spawnSync("mount", ["-o", "remount,size=32m", path]) };
}

/** The shared memory of a container, which is small, with a megabyte left. */
async function filledDisk(): Promise<TinyDisk | undefined> {
  const megabyte = 1 << 20;
  const { bavail, bsize } = await statfs("/dev/shm").catch(() => ({ bavail: 0, bsize: 0 }));
  const free = bavail * bsize;
  if (free < 8 * megabyte || free > 128 * megabyte) return undefined;
  const path = await mkdtemp("/dev/shm/errand-journal-");
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const ballast = join(path, "ballast");
  await writeFile(ballast, Buffer.alloc(free - megabyte));
  return { path, makeRoom: () => rm(ballast) };
}

describe("loading SQLite", () => {
  it("keeps its ExperimentalWarning to itself, and no other warning", () => {
    const load = new URL("load-sqlite.ts", import.meta.url).href;
    const code = `
      process.on("warning", (warning) => console.log(warning.name + ": " + warning.message));
      const { loadSqlite } = await import(${JSON.stringify(load)});
      const before = process.emitWarning;
      loadSqlite();
      console.log(process.emitWarning === before);
      process.emitWarning("something else", "ExperimentalWarning");
      process.emitWarning("SQLite is nice");`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    expect(stdout.split("\n").filter((line) => !line.includes("Type Stripping"))).toEqual([
      "true",
      "ExperimentalWarning: something else",
      "Warning: SQLite is nice",
      "",
    ]);
  });

  it("makes no directory until a run is started", async () => {
    const journal = join(await folder(), "sub/runs.db");
    flow("never started", () => 1);
    expect(existsSync(dirname(journal))).toBe(false);
  });
});
