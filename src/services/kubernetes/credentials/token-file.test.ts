import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Secret } from "../../../secrets/index.ts";
import { openSecret } from "../../../secrets/index.ts";
import type { Credential } from "./credential.ts";
import { TokenFile } from "./token-file.ts";

const directory = mkdtempSync(join(tmpdir(), "errand-token-"));
afterAll(() => rmSync(directory, { recursive: true }));

let nowMs = 0;
let path = "";
let count = 0;
beforeEach(() => {
  nowMs = 0;
  path = join(directory, String((count += 1)));
  writeFileSync(path, " first-token\n");
});

/** The Authorization header that a credential makes. */
async function header({ auth }: Credential): Promise<string> {
  let value: string | Secret = "";
  await auth?.sign({ method: "GET", url: new URL("https://k"), hasHeader: () => false, setHeader: (_, given) => (value = given) });
  return typeof value === "string" ? value : openSecret(value);
}

const tokenFile = (): TokenFile => new TokenFile(path, { now: () => nowMs });

describe("a token file", () => {
  it("is trimmed", async () => {
    expect(await header(await tokenFile().current())).toBe("Bearer first-token");
  });

  it("is read again after a minute, and not before", async () => {
    const source = tokenFile();
    const first = await source.current();
    writeFileSync(path, "second-token");
    nowMs = 59_999;
    expect(await source.current()).toBe(first);
    nowMs = 60_000;
    expect(await header(await source.current())).toBe("Bearer second-token");
  });

  it("is read by path, for the kubelet swaps a symbolic link", async () => {
    const link = join(directory, "link");
    symlinkSync(path, link);
    const source = new TokenFile(link, { now: () => nowMs });
    await source.current();
    const next = `${path}-next`;
    writeFileSync(next, "second-token");
    unlinkSync(link);
    symlinkSync(next, link);
    nowMs = 60_000;
    expect(await header(await source.current())).toBe("Bearer second-token");
  });

  it("keeps the former token while the file is missing or empty", async () => {
    const source = tokenFile();
    const first = await source.current();
    nowMs = 60_000;
    writeFileSync(path, "\n");
    expect(await source.current()).toBe(first);
    rmSync(path);
    expect(await source.current()).toBe(first);
  });

  it("is an error when it never gave a token", async () => {
    writeFileSync(path, "  ");
    await expect(tokenFile().current()).rejects.toMatchObject({
      code: "ERR_SECRET",
      message: `kubernetes: the token file ${path} is empty`,
    });
    rmSync(path);
    await expect(tokenFile().current()).rejects.toMatchObject({
      code: "ERR_SECRET",
      message: `kubernetes: the token file ${path} cannot be read: ENOENT`,
    });
  });

  it("is read at once after a 401, and the call repeated only if the token is another", async () => {
    const source = tokenFile();
    const used = await source.current();
    expect(await source.refresh(used)).toBe(false);
    writeFileSync(path, "second-token");
    expect(await source.refresh(used)).toBe(true);
    expect(await header(await source.current())).toBe("Bearer second-token");
    rmSync(path);
    expect(await source.refresh(used)).toBe(true); // The 401 of a call that had used the first token.
  });
});
