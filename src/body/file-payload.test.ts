import { readdirSync, readlinkSync } from "node:fs";
import { appendFile, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { encodeBody } from "./encode-body.ts";
import type { EncodedBody } from "./encoded-body.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-file-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function fileBody(path: string): Promise<EncodedBody> {
  const body = await encodeBody({ body: { path } });
  if (body === undefined) throw new Error("a body was expected");
  return body;
}

async function sent(body: EncodedBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const isLinux = process.platform === "linux";

/** Nothing for a descriptor that was closed while the folder was read. */
function targetOf(link: string): string[] {
  try {
    return [readlinkSync(link)];
  } catch {
    return [];
  }
}

/** Node cannot make a named pipe itself. */
const pipeCommand = "mkfifo";

function makePipe(path: string): void {
  execFileSync(pipeCommand, [path]);
}

describe("a file as a body", () => {
  it("is read afresh for each attempt, with its length and a guessed type", async () => {
    const path = join(folder, "data.csv");
    const content = Buffer.alloc(700_000, "a,b\n");
    await writeFile(path, content);
    const body = await fileBody(path);
    expect(body).toMatchObject({ contentLength: content.length, contentType: "text/csv", isReplayable: true });
    expect((await sent(body)).equals(content)).toBe(true);
    await writeFile(path, Buffer.alloc(700_000, "c,d\n"));
    expect((await sent(body)).toString("utf8", 0, 4)).toBe("c,d\n");
  });

  it("may be empty", async () => {
    const path = join(folder, "empty.bin");
    await writeFile(path, "");
    const body = await fileBody(path);
    expect(body).toMatchObject({ contentLength: 0, contentType: "application/octet-stream" });
    expect((await sent(body)).length).toBe(0);
  });

  it("never sends more or fewer bytes than its length said", async () => {
    const path = join(folder, "log.txt");
    await writeFile(path, "12345");
    const body = await fileBody(path);
    await appendFile(path, "678");
    await expect(sent(body)).rejects.toThrow(`body.path: ${path} changed while it was being sent: 5 bytes at first, 8 now`);
    await truncate(path, 2);
    await expect(sent(body)).rejects.toThrow(/5 bytes at first, 2 now/);
    await rm(path);
    await expect(sent(body)).rejects.toThrow(InvalidRequestError);
  });

  it("does not give a byte beyond the length before it fails", async () => {
    const path = join(folder, "growing.txt");
    await writeFile(path, "12345");
    const body = await fileBody(path);
    await appendFile(path, "678");
    let givenBytes = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of body.open()) givenBytes += chunk.length;
    };
    await expect(read()).rejects.toThrow(/changed/);
    expect(givenBytes).toBeLessThanOrEqual(5);
  });

  it.each([
    ["missing", "missing.txt", "does not exist"],
    ["a directory", ".", "is a directory"],
    ["below a file", "plain/x.txt", "goes through a file that is not a directory"],
    ["a loop", "loop", "is a loop of symbolic links"],
  ])("is refused when it is %s, naming option and path", async (_name, name, reason) => {
    await writeFile(join(folder, "plain"), "");
    await rm(join(folder, "loop"), { force: true });
    await symlink("loop", join(folder, "loop"));
    const path = join(folder, name);
    await expect(fileBody(path)).rejects.toThrow(InvalidRequestError);
    await expect(fileBody(path)).rejects.toThrow(`body.path: ${path} ${reason}`);
  });

  it("is refused with a NUL in its path", async () => {
    await expect(fileBody("a\0b")).rejects.toThrow("body.path has a NUL character");
  });

  it("is closed when the attempt ends early", async () => {
    const path = join(folder, "large.bin");
    await writeFile(path, Buffer.alloc(600_000));
    const body = await fileBody(path);
    const openFiles = (): string[] => readdirSync("/proc/self/fd").flatMap((fd) => targetOf(`/proc/self/fd/${fd}`));
    for await (const chunk of body.open()) {
      expect(chunk.length).toBeGreaterThan(0);
      if (isLinux) expect(openFiles()).toContain(path);
      break;
    }
    if (isLinux) expect(openFiles()).not.toContain(path);
  });

  it.skipIf(process.platform === "win32")("can be a pipe, which has no length and is sent once", async () => {
    const path = join(folder, "pipe");
    makePipe(path);
    const body = await fileBody(path);
    expect(body).toMatchObject({ contentLength: undefined, isReplayable: false });
    const [content] = await Promise.all([sent(body), writeFile(path, "through the pipe")]);
    expect(content.toString()).toBe("through the pipe");
    expect(() => body.open()).toThrow(/already sent once/);
  });
});
