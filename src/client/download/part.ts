import { rm } from "node:fs/promises";
import type { RequestSummary } from "../../errors/index.ts";
import { aborted, fileFailure, targetExists } from "./failures.ts";
import { PartFile } from "./part-file.ts";
import { PartLock } from "./part-lock.ts";
import { publish } from "./publish.ts";
import { readSidecar, writeSidecar, type PartRecord } from "./sidecar.ts";

export interface PartInit {
  /** Absolute path of the finished file. */
  readonly target: string;
  readonly url: URL;
  readonly request: RequestSummary;
  /** Goes on with what an earlier call left, and leaves what a later one can go on with. */
  readonly resume: boolean;
  readonly overwrite: boolean;
  readonly isHashed: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A download under way: `NAME.part` beside its target, with its record and its lock. */
export class Part {
  readonly #init: PartInit;
  readonly #file: PartFile;
  readonly #lock: PartLock;
  #record: PartRecord | undefined;
  #resumedBytes: number;
  #isClosed = false;

  private constructor(init: PartInit, file: PartFile, opened: { lock: PartLock; record: PartRecord | undefined }) {
    this.#init = init;
    this.#file = file;
    this.#lock = opened.lock;
    this.#record = opened.record;
    this.#resumedBytes = file.sizeBytes;
  }

  /** Takes the lock, and goes on with the part that is there if its record says what it is. */
  static open(init: PartInit): Promise<Part> {
    return inWords(init, async () => {
      const lock = await PartLock.acquire(`${init.target}.part.lock`, init.request);
      try {
        const left = await leftBehind(init);
        const file = left?.file ?? (await PartFile.create(`${init.target}.part`, init.isHashed));
        return new Part(init, file, { lock, record: left?.record });
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /** Absolute path of the finished file. */
  get target(): string {
    return this.#init.target;
  }

  get path(): string {
    return `${this.#init.target}.part`;
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  /** What an earlier call had left, as far as it is still in use. */
  get resumedBytes(): number {
    return this.#resumedBytes;
  }

  /** Present while the part can be gone on with. */
  get record(): PartRecord | undefined {
    return this.#record;
  }

  /** Begins at the first byte, of a file that this record describes. */
  startOver(record: PartRecord | undefined): Promise<void> {
    return this.#inWords(async () => {
      this.#record = record;
      this.#resumedBytes = 0;
      // Before the first byte: a record never describes other bytes than those it stands beside.
      await rm(this.#sidecar, { force: true });
      await this.#file.cutTo(0, this.#init.signal);
      if (record !== undefined && this.#init.resume) await writeSidecar(this.#sidecar, this.#init.url, record);
    });
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#inWords(async () => {
      await this.#lock.assertHeld(false);
      await this.#file.write(chunk);
    });
  }

  /** In hexadecimal, of all bytes; undefined when no hash is wanted. */
  digest(): string | undefined {
    return this.#file.digest();
  }

  /** Gives the whole file its name. */
  commit(): Promise<void> {
    const { target, overwrite, request } = this.#init;
    return this.#inWords(async () => {
      await this.#file.sync();
      await this.#lock.assertHeld(true);
      if (!(await publish(this.path, target, overwrite))) throw targetExists(target, request);
      await rm(this.#sidecar, { force: true });
      await this.close(true);
    });
  }

  /** Ends the work on it: what is kept waits for a later call. */
  async close(isKept: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#file.close();
      if (isKept) return;
      await rm(this.path, { force: true });
      await rm(this.#sidecar, { force: true });
    } finally {
      await this.#lock.release();
    }
  }

  get #sidecar(): string {
    return `${this.path}.json`;
  }

  #inWords<T>(work: () => Promise<T>): Promise<T> {
    return inWords(this.#init, work);
  }
}

/** What an earlier call left, if it can be gone on with. */
async function leftBehind(init: PartInit): Promise<{ readonly file: PartFile; readonly record: PartRecord } | undefined> {
  const { target, url, resume, isHashed, signal, request } = init;
  const record = resume ? await readSidecar(`${target}.part.json`, url) : undefined;
  const file = record === undefined ? undefined : await PartFile.existing(`${target}.part`, isHashed);
  if (record === undefined || file === undefined) return undefined;
  const { lengthBytes = Infinity } = record;
  const isUsable = file.sizeBytes > 0 && file.sizeBytes <= lengthBytes;
  // One byte at least is asked for again, so that the server has to say whether the file is still the same.
  if (isUsable) await file.cutTo(Math.min(file.sizeBytes, lengthBytes - 1), signal);
  if (isUsable && signal?.aborted !== true) return { file, record };
  await file.close();
  if (signal?.aborted === true) throw aborted(signal, request);
  return undefined;
}

async function inWords<T>({ target, request }: Pick<PartInit, "target" | "request">, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileFailure(error, target, request);
  }
}
