import type { Transform } from "node:stream";
import { codingError } from "./coding-error.ts";
import type { CodingStage, ContentCoding } from "./content-coding.ts";

type Engine = Transform & { readonly bytesWritten: number };

const OUTPUT_CHUNK_BYTES = 64 * 1024;

/**
 * One running decompression in pull form: output is produced only as it is asked for, and the next input is taken only
 * when the last is used up, so memory stays flat whatever the ratio.
 */
export class Inflater {
  readonly #engine: Engine;
  #failure: Error | undefined;
  #isEnded = false;
  #isConsumed = true;
  #givenBytes = 0;
  #wake: () => void = () => {};

  constructor(stage: CodingStage, firstByte: number) {
    this.#engine = createEngine(stage.coding, firstByte);
    const wake = (): void => this.#wake();
    this.#engine.on("readable", wake);
    this.#engine.on("end", () => {
      this.#isEnded = true;
      wake();
    });
    this.#engine.on("error", (error: Error) => {
      this.#failure = codingError(error, stage);
      wake();
    });
  }

  /** Input that stands behind the end of the compressed data; meaningful between two calls of push. */
  get surplusBytes(): number {
    return this.#givenBytes - this.#engine.bytesWritten;
  }

  /** Everything that follows from this input. */
  async *push(input: Uint8Array): AsyncGenerator<Uint8Array> {
    const isOver = this.surplusBytes > 0;
    this.#givenBytes += input.length;
    if (isOver) return;
    this.#isConsumed = false;
    this.#engine.write(input, () => {
      this.#isConsumed = true;
      this.#wake();
    });
    yield* this.#output(() => this.#isConsumed || this.#isEnded);
  }

  /** What is left when the input is over; throws when the data wanted more. */
  async *finish(): AsyncGenerator<Uint8Array> {
    // With a surplus the engine has ended by itself.
    if (this.surplusBytes === 0) this.#engine.end();
    yield* this.#output(() => this.#isEnded);
  }

  close(): void {
    this.#engine.destroy();
  }

  async *#output(isDone: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const chunk: unknown = this.#engine.read();
      if (chunk instanceof Uint8Array) yield chunk;
      else if (isDone()) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** True for the zlib format, false for raw deflate, which some servers send under the same name (RFC 9110 8.4.1.2). */
export function isZlibHeader(firstByte: number): boolean {
  return (firstByte & 0x0f) === 8;
}

function createEngine(coding: ContentCoding, firstByte: number): Engine {
  // Loaded with the first compressed body, not with errand.
  const zlib = process.getBuiltinModule("node:zlib");
  const options = { chunkSize: OUTPUT_CHUNK_BYTES };
  switch (coding) {
    case "gzip":
      return zlib.createGunzip(options);
    case "deflate":
      return isZlibHeader(firstByte) ? zlib.createInflate(options) : zlib.createInflateRaw(options);
    case "br":
      return zlib.createBrotliDecompress(options);
    case "zstd":
      return zlib.createZstdDecompress(options);
  }
}
