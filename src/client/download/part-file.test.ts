import { createHash } from "node:crypto";
import { link, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "../../../test/test-session.ts";
import { fileFailure, isOutOfSpace } from "./failures.ts";
import { PartFile } from "./part-file.ts";
import { publish } from "./publish.ts";
import { readSidecar, writeSidecar } from "./sidecar.ts";

const request = { method: "GET", url: "http://x/f" };
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-part-"));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

describe("PartFile", () => {
  it("hashes what it writes, and what it goes on with", async () => {
    const file = await PartFile.create(at("p"), true);
    await file.write(Buffer.from("hello "));
    await file.write(Buffer.from("world"));
    expect([file.sizeBytes, file.digest()]).toEqual([11, hashOf("hello world")]);
    await file.close();
    const again = await PartFile.existing(at("p"), true);
    await again?.cutTo(5, undefined);
    await again?.write(Buffer.from("!"));
    expect(again?.digest()).toBe(hashOf("hello!"));
    await again?.close();
    expect(await readFile(at("p"), "utf8")).toBe("hello!");
  });

  it("hashes a long beginning piece by piece", async () => {
    const text = "0123456789".repeat(300_000);
    await writeFile(at("p"), text);
    const file = await PartFile.existing(at("p"), true);
    await file?.cutTo(text.length - 1, undefined);
    expect(file?.digest()).toBe(hashOf(text.slice(0, -1)));
    await file?.close();
  });

  it("never goes on with a link, a file of a second name, or no file", async () => {
    await writeFile(at("other"), "other");
    await symlink(at("other"), at("symbolic"));
    await link(at("other"), at("hard"));
    await mkdir(at("directory"));
    for (const name of ["symbolic", "hard", "directory", "absent"]) expect(await PartFile.existing(at(name), false), name).toBeUndefined();
    const file = await PartFile.create(at("symbolic"), false);
    await file.write(Buffer.from("mine"));
    await file.close();
    expect([await readFile(at("other"), "utf8"), await readFile(at("symbolic"), "utf8")]).toEqual(["other", "mine"]);
  });

  it("leaves a process that still had the old file open its own", async () => {
    const old = await PartFile.create(at("p"), false);
    const fresh = await PartFile.create(at("p"), false);
    await old.write(Buffer.from("old"));
    await fresh.write(Buffer.from("new"));
    await Promise.all([old.close(), fresh.close()]);
    expect(await readFile(at("p"), "utf8")).toBe("new");
  });

  it.runIf(process.platform === "linux")("says that the disk is full", async () => {
    const file = new PartFile(await open("/dev/full", "r+"), false);
    const failure = fileFailure(await failureOf(file.write(Buffer.alloc(10))), "/data/web.tgz", request);
    await file.close();
    expect(failure).toMatchObject({
      name: "RequestError",
      message: "GET http://x/f: cannot write /data/web.tgz: the disk is full",
      hint: expect.stringContaining("Free some space"),
      cause: { code: "ENOSPC" },
    });
    expect([isOutOfSpace(failure), isOutOfSpace(new Error("x"))]).toEqual([true, false]);
  });
});

describe("fileFailure", () => {
  it.each([
    ["EACCES", "this user may not write there"],
    ["EROFS", "the file system is read-only"],
    ["EDQUOT", "the disk quota is used up"],
    ["EWEIRD", "open failed (EWEIRD)"],
  ])("puts %s in words", (code, words) => {
    const cause = Object.assign(new Error("x"), { code, syscall: "open" });
    expect(fileFailure(cause, "/f", request)).toMatchObject({ message: `GET http://x/f: cannot write /f: ${words}`, cause });
  });

  it("leaves every other error as it is", () => {
    for (const error of [new Error("x"), "text", undefined]) expect(fileFailure(error, "/f", request)).toBe(error);
  });
});

describe("publish", () => {
  it("gives the part its name, replacing only when told", async () => {
    await writeFile(at("part"), "new");
    expect([await publish(at("part"), at("f"), false), await readdir(directory)]).toEqual([true, ["f"]]);
    await writeFile(at("part"), "newer");
    expect([await publish(at("part"), at("f"), false), await readFile(at("f"), "utf8"), await readFile(at("part"), "utf8")]).toEqual([
      false,
      "new",
      "newer",
    ]);
    expect([await publish(at("part"), at("f"), true), await readFile(at("f"), "utf8"), await readdir(directory)]).toEqual([
      true,
      "newer",
      ["f"],
    ]);
  });

  it("does not replace what a dangling link stands for", async () => {
    await writeFile(at("part"), "new");
    await symlink(at("nowhere"), at("f"));
    expect([await publish(at("part"), at("f"), false), (await readdir(directory)).sort()]).toEqual([false, ["f", "part"]]);
  });

  it("throws when the directory is gone", async () => {
    expect(await failureOf(publish(at("part"), at("f"), false))).toMatchObject({ code: "ENOENT" });
  });
});

describe("the sidecar", () => {
  const url = new URL("https://user:hidden@example.com/secret-path/f?token=abcdefgh#x");

  it("gives back what was written, for the same URL alone", async () => {
    await writeSidecar(at("s"), url, { validator: '"v1"', lengthBytes: 10 });
    expect(await readSidecar(at("s"), url)).toEqual({ validator: '"v1"', lengthBytes: 10 });
    expect(await readSidecar(at("s"), new URL("#other", url))).toBeDefined();
    expect(await readSidecar(at("s"), new URL("?token=other", url))).toBeUndefined();
    expect(await readFile(at("s"), "utf8")).not.toMatch(/hidden|secret-path|abcdefgh|example/);
    await expect(writeSidecar(at("s"), url, { validator: '"v2"' })).rejects.toMatchObject({ code: "EEXIST" });
  });

  it.each<[change: object]>([
    [{ version: 2 }],
    [{ salt: 5 }],
    [{ validator: "" }],
    [{ validator: 5 }],
    [{ lengthBytes: -1 }],
    [{ lengthBytes: 1.5 }],
    [{ lengthBytes: "9" }],
    [{ url: "x" }],
  ])("that was changed by %j counts as absent", async (change) => {
    await writeSidecar(at("s"), url, { validator: '"v1"' });
    expect(await readSidecar(at("s"), url)).toEqual({ validator: '"v1"' });
    const written: unknown = JSON.parse(await readFile(at("s"), "utf8"));
    await writeFile(at("s"), JSON.stringify({ ...(written as object), ...change }));
    expect(await readSidecar(at("s"), url)).toBeUndefined();
  });

  it("that is absent, a directory, cut or no JSON object counts as absent", async () => {
    expect([await readSidecar(at("absent"), url), await readSidecar(directory, url)]).toEqual([undefined, undefined]);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        await writeFile(at("s"), text);
        expect(await readSidecar(at("s"), url)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});
