import { constants } from "node:fs";
import { access, open, stat, type FileHandle } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { guessType } from "./guess-type.ts";
import { invalidBody } from "./invalid-body.ts";
import type { Payload } from "./payload.ts";

const READ_SIZE_BYTES = 256 * 1024;

/** A file on disk: looked at now, opened per attempt. Pipes and devices have no length and can be read once. */
export async function filePayload(path: string, place: string): Promise<Payload> {
  // Absolute from here on: a later chdir must not change what is sent.
  const file = resolve(path);
  const { isRegular, size } = await lookAt(file, place);
  const shared = { type: guessType(file) ?? "application/octet-stream", name: basename(file) };
  if (!isRegular) return { ...shared, isReplayable: false, open: () => readFile({ file, place }) };
  return { ...shared, isReplayable: true, length: size, open: () => readFile({ file, place, size }) };
}

async function lookAt(file: string, place: string): Promise<{ isRegular: boolean; size: number }> {
  if (file.includes("\0")) throw invalidBody(`${place} has a NUL character`, "Check where the path comes from.");
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw invalidBody(`${place}: ${file} is a directory`, "Name a file; pack a directory first, e.g. with tar.");
    await access(file, constants.R_OK);
    return { isRegular: stats.isFile(), size: stats.size };
  } catch (error) {
    throw cannotRead(error, file, place);
  }
}

interface ReadOptions {
  readonly file: string;
  readonly place: string;
  /** What Content-Length says; absent for pipes. */
  readonly size?: number;
}

async function* readFile({ file, place, size }: ReadOptions): AsyncGenerator<Uint8Array> {
  const handle = await openFile(file, place);
  try {
    let sentBytes = 0;
    for (;;) {
      const chunk = await readChunk(handle, file, place);
      sentBytes += chunk.length;
      // Checked before the surplus leaves, and at the end: a wrong Content-Length would corrupt the connection (RFC 9112 6.3).
      if (size !== undefined && (sentBytes > size || (chunk.length === 0 && sentBytes < size))) {
        const now = Math.max((await handle.stat()).size, sentBytes);
        throw invalidBody(
          `${place}: ${file} changed while it was being sent: ${size} bytes at first, ${chunk.length === 0 ? sentBytes : now} now`,
          "Send a copy, or wait until the file is complete.",
        );
      }
      if (chunk.length === 0) return;
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

async function openFile(file: string, place: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (error) {
    throw cannotRead(error, file, place);
  }
}

async function readChunk(handle: FileHandle, file: string, place: string): Promise<Uint8Array> {
  try {
    // A fresh buffer each time: the socket may still hold the one before.
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(READ_SIZE_BYTES), 0, READ_SIZE_BYTES, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw cannotRead(error, file, place);
  }
}

const reasons: ReadonlyMap<unknown, string> = new Map([
  ["ENOENT", "does not exist"],
  ["ENOTDIR", "goes through a file that is not a directory"],
  ["EISDIR", "is a directory"],
  ["EACCES", "may not be read by this user"],
  ["EPERM", "may not be read by this user"],
  ["ELOOP", "is a loop of symbolic links"],
  ["ENAMETOOLONG", "is longer than a path can be"],
  ["EMFILE", "cannot be opened: too many open files"],
]);

function cannotRead(error: unknown, file: string, place: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  const reason = reasons.get(error.code) ?? `cannot be read (${String(error.code)})`;
  return invalidBody(`${place}: ${file} ${reason}`, "Check the path; a relative one starts at the working directory.", error);
}
