import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";

/** A piece of the file that is read to be hashed. */
const pieceBytes = 1024 * 1024;

/** The bytes on disk, and the hash of them where one is wanted. Errors of the file system pass unchanged. */
export class PartFile {
  readonly #handle: FileHandle;
  #hash: Hash | undefined;
  #sizeBytes = 0;

  constructor(handle: FileHandle, isHashed: boolean) {
    this.#handle = handle;
    this.#hash = isHashed ? createHash("sha256") : undefined;
  }

  /** A new, empty file. What stood in its place is removed, not emptied: a process that still had it open keeps its own. */
  static async create(path: string, isHashed: boolean): Promise<PartFile> {
    await rm(path, { force: true });
    return new PartFile(await open(path, "wx+"), isHashed);
  }

  /** The file that is there; undefined when there is none that may be gone on with: no plain file, or one with a second name. */
  static async existing(path: string, isHashed: boolean): Promise<PartFile | undefined> {
    // O_NOFOLLOW does not exist on Windows. Who can plant a link in the directory must not choose the file that is written.
    const handle = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(absent);
    if (handle === undefined) return undefined;
    const stats = await handle.stat();
    if (stats.isFile() && stats.nlink === 1) {
      const file = new PartFile(handle, isHashed);
      file.#sizeBytes = stats.size;
      return file;
    }
    await handle.close();
    return undefined;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    // A disk that fills up takes a part of the chunk first, and fails at the rest.
    for (let written = 0; written < chunk.byteLength;) {
      const { bytesWritten } = await this.#handle.write(chunk, written, chunk.byteLength - written, this.#sizeBytes);
      this.#hash?.update(chunk.subarray(written, written + bytesWritten));
      written += bytesWritten;
      this.#sizeBytes += bytesWritten;
    }
  }

  /** Keeps the first bytes, and hashes them anew. */
  async cutTo(sizeBytes: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#handle.truncate(sizeBytes);
    this.#sizeBytes = sizeBytes;
    if (this.#hash === undefined) return;
    this.#hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes));
    for (let position = 0; position < sizeBytes;) {
      if (signal?.aborted === true) return;
      const { bytesRead } = await this.#handle.read(buffer, 0, Math.min(buffer.length, sizeBytes - position), position);
      if (bytesRead === 0) {
        // Somebody cut it meanwhile.
        this.#sizeBytes = position;
        return;
      }
      this.#hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
  }

  /** In hexadecimal; ends the hashing. */
  digest(): string | undefined {
    return this.#hash?.digest("hex");
  }

  /** Returns when the disk has it. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function absent(error: unknown): undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  // Not there, a link, a directory, or not ours: create() replaces it, or says why it cannot.
  if (code === "ENOENT" || code === "ELOOP" || code === "EISDIR" || code === "EACCES" || code === "EPERM" || code === "ENXIO")
    return undefined;
  throw error;
}
