import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failureOf } from "../../../test/test-session.ts";
import { PartLock } from "./part-lock.ts";

const request = { method: "GET", url: "http://x/f" };
const longAgo = new Date(Date.now() - 121_000);

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-lock-"));
  path = join(directory, "f.part.lock");
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

/** A lock as another process would have left it. */
async function leaveLock(owner: object, at?: Date): Promise<void> {
  await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), token: "left-behind", ...owner }));
  if (at !== undefined) await utimes(path, at, at);
}

describe("PartLock", () => {
  it("is one's alone, until it is released", async () => {
    const lock = await PartLock.acquire(path, request);
    expect(await failureOf(PartLock.acquire(path, request))).toMatchObject({
      message: "GET http://x/f: another call of this process is downloading to the same file",
      hint: expect.stringContaining(path),
    });
    await lock.assertHeld(true);
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
    await (await PartLock.acquire(path, request)).release();
  });

  it.each<[what: string, owner: object, at: Date | undefined]>([
    ["whose process is gone", { pid: 2 ** 22 + 1 }, undefined],
    ["of an earlier process that had our number", {}, undefined],
    ["of another machine that was not touched for two minutes", { pid: 1, host: "elsewhere" }, longAgo],
    ["of a number that somebody else has now", { pid: process.ppid }, longAgo],
    ["cut off by a crash", { pid: "x" }, longAgo],
  ])("takes over a lock %s", async (_, owner, at) => {
    await leaveLock(owner, at);
    const lock = await PartLock.acquire(path, request);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it.each<[what: string, owner: object, name: RegExp]>([
    ["of a process that lives", { pid: process.ppid }, new RegExp(`process ${process.ppid} on `)],
    ["of another machine", { pid: 1, host: "elsewhere" }, /process 1 on elsewhere/],
    ["that is being written", { pid: "x" }, /another download is/],
  ])("respects a lock %s", async (_, owner, name) => {
    await leaveLock(owner);
    expect(await failureOf(PartLock.acquire(path, request))).toMatchObject({ message: expect.stringMatching(name) });
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ token: "left-behind" });
  });

  it("goes to one of many that find it stale at the same time", async () => {
    for (let round = 0; round < 20; round += 1) {
      await leaveLock({ pid: 2 ** 22 + 1 });
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => PartLock.acquire(path, request)));
      const locks = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      expect(locks).toHaveLength(1);
      await locks[0]?.assertHeld(true);
      await locks[0]?.release();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it("clears away the turn of a process that died while it took a lock over", async () => {
    await leaveLock({ pid: 2 ** 22 + 1 });
    await writeFile(`${path}.turn`, "");
    await failureOf(PartLock.acquire(path, request));
    expect(await readdir(directory)).toEqual(["f.part.lock", "f.part.lock.turn"]);
    await utimes(`${path}.turn`, longAgo, longAgo);
    await failureOf(PartLock.acquire(path, request));
    await (await PartLock.acquire(path, request)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  it("shows that its owner lives", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const lock = await PartLock.acquire(path, request);
    await utimes(path, longAgo, longAgo);
    vi.advanceTimersByTime(20_000);
    await expect.poll(async () => Date.now() - (await stat(path)).mtimeMs).toBeLessThan(10_000);
    await lock.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("notices before the next write that it was taken over while the process stood still", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
    const lock = await PartLock.acquire(path, request);
    await leaveLock({ pid: 1, host: "elsewhere" });
    await lock.assertHeld(false);
    vi.setSystemTime(Date.now() + 121_000);
    expect(await failureOf(lock.assertHeld(false))).toMatchObject({
      message: expect.stringContaining("another download took over the file"),
    });
    expect(await failureOf(lock.assertHeld(true))).toMatchObject({ message: expect.stringContaining("another download took over") });
    await lock.release();
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ token: "left-behind" });
  });

  it("holds on after a standstill in which nobody came", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
    const lock = await PartLock.acquire(path, request);
    vi.setSystemTime(Date.now() + 500_000);
    await lock.assertHeld(false);
    await rm(path);
    await lock.assertHeld(false);
    expect(await failureOf(lock.assertHeld(true))).toMatchObject({ message: expect.stringContaining("is no longer this one's") });
    await lock.release();
  });
});
