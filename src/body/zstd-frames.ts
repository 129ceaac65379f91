const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

type State = "magic" | "skipSize" | "skip" | "descriptor" | "header" | "blockHeader" | "block" | "checksum";

/**
 * Walks the frame structure of Zstandard data (RFC 8878 3.1) without decoding it.
 *
 * Node's engine stops after the first frame of a buffer, returns nothing after a skippable frame, and up to Node 22 takes
 * truncated data for whole. So the frames are handed to it one by one, and the end is judged here.
 */
export class ZstdFrames {
  #state: State = "magic";
  /** Bytes that the present state still wants. */
  #wanted = 4;
  /** Little-endian number that the present state reads. */
  #value = 0;
  #readBytes = 0;
  #hasChecksum = false;
  #isLastBlock = false;
  /** Start of the current frame's bytes in the current chunk; -1 outside a frame. */
  #frameStart = -1;
  #out: Uint8Array[] = [];

  /** True between frames: the only place where the data may end. */
  get isComplete(): boolean {
    return this.#state === "magic" && this.#readBytes === 0;
  }

  /** The chunk's bytes, cut so that no piece crosses a frame's end, skippable frames left out. Throws on what is no frame. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#out = [];
    if (this.#frameStart !== -1) this.#frameStart = 0;
    let offset = 0;
    while (offset < chunk.length) offset = this.#isNumber() ? this.#readNumber(chunk, offset) : this.#pass(chunk, offset);
    if (this.#frameStart !== -1 && this.#frameStart < chunk.length) this.#out.push(chunk.subarray(this.#frameStart));
    return this.#out;
  }

  #isNumber(): boolean {
    return this.#state === "magic" || this.#state === "skipSize" || this.#state === "descriptor" || this.#state === "blockHeader";
  }

  #readNumber(chunk: Uint8Array, offset: number): number {
    this.#value += (chunk[offset] ?? 0) * 2 ** (8 * this.#readBytes);
    this.#readBytes += 1;
    if (this.#readBytes < this.#wanted) return offset + 1;
    this.#onNumber(this.#value, offset + 1);
    // A skippable frame, a header or a block may be empty.
    if (this.#wanted === 0) this.#onPassed(chunk, offset + 1);
    return offset + 1;
  }

  #pass(chunk: Uint8Array, offset: number): number {
    const taken = Math.min(this.#wanted, chunk.length - offset);
    this.#wanted -= taken;
    if (this.#wanted === 0) this.#onPassed(chunk, offset + taken);
    return offset + taken;
  }

  #onNumber(value: number, end: number): void {
    if (this.#state === "magic") this.#onMagic(value, end);
    else if (this.#state === "skipSize") this.#enter("skip", value);
    else if (this.#state === "descriptor") {
      this.#hasChecksum = (value & 0x04) !== 0;
      this.#enter("header", headerSize(value));
    } else {
      this.#isLastBlock = (value & 1) !== 0;
      const type = (value >> 1) & 3;
      if (type === 3) throw new Error("reserved block type");
      // A run-length block stores one byte, whatever size it stands for.
      this.#enter("block", type === 1 ? 1 : value >> 3);
    }
  }

  #onMagic(value: number, end: number): void {
    if (value === MAGIC) {
      if (end >= 4) this.#frameStart = end - 4;
      else {
        this.#out.push(MAGIC_BYTES);
        this.#frameStart = end;
      }
      this.#enter("descriptor", 1);
    } else if (value >= SKIPPABLE_MAGIC && value <= SKIPPABLE_MAGIC + 15) this.#enter("skipSize", 4);
    else throw new Error("unknown frame descriptor");
  }

  #onPassed(chunk: Uint8Array, end: number): void {
    if (this.#state === "header" || (this.#state === "block" && !this.#isLastBlock)) this.#enter("blockHeader", 3);
    else if (this.#state === "block" && this.#hasChecksum) this.#enter("checksum", 4);
    else this.#endFrame(chunk, end);
  }

  #endFrame(chunk: Uint8Array, end: number): void {
    if (this.#frameStart !== -1) this.#out.push(chunk.subarray(this.#frameStart, end));
    this.#frameStart = -1;
    this.#enter("magic", 4);
  }

  #enter(state: State, wanted: number): void {
    this.#state = state;
    this.#wanted = wanted;
    this.#value = 0;
    this.#readBytes = 0;
  }
}

/** Window descriptor, dictionary id and content size that follow the frame header descriptor (RFC 8878 3.1.1.1). */
function headerSize(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeSize = contentSizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 2 ** contentSizeFlag;
  return (isSingleSegment ? 0 : 1) + dictionaryIdSize + contentSizeSize;
}
