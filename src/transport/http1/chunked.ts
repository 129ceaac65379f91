import { malformed } from "./failure.ts";

const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;
/** Extensions and trailers together: nobody needs more, and a server could send them for ever (CVE-2024-22019). */
const maxOverheadBytes = 16 * 1024;
/** 2^52: what fits a number. */
const maxDigits = 13;

type State = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailer" | "trailer-lf" | "end";

/** Takes the chunked coding (RFC 9112 7.1) off, strictly; extensions and trailers are skipped. */
export class ChunkedDecoder {
  readonly #onData: (chunk: Buffer) => void;
  #state: State = "size";
  #digits = 0;
  #size = 0;
  #overheadBytes = 0;
  #lineBytes = 0;

  constructor(onData: (chunk: Buffer) => void) {
    this.#onData = onData;
  }

  get isEnded(): boolean {
    return this.#state === "end";
  }

  /** How many bytes belong to the body. */
  push(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#state !== "end") {
      if (this.#state === "data") {
        const end = Math.min(at + this.#size, chunk.length);
        this.#size -= end - at;
        if (this.#size === 0) this.#state = "data-cr";
        this.#onData(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
        at = end;
      } else {
        this.#take(chunk[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #take(byte: number): void {
    switch (this.#state) {
      case "size":
        this.#takeSize(byte);
        return;
      case "extension":
        this.#count();
        if (byte === cr) this.#state = "size-lf";
        else if (byte < 0x20 && byte !== 0x09) throw malformed("a chunk extension");
        return;
      case "size-lf":
        this.#expect(byte, lf, this.#size === 0 ? "trailer" : "data");
        return;
      case "data-cr":
        this.#expect(byte, cr, "data-lf");
        return;
      case "data-lf":
        this.#expect(byte, lf, "size");
        this.#digits = 0;
        return;
      case "trailer":
        this.#takeTrailer(byte);
        return;
      case "trailer-lf":
        this.#expect(byte, lf, this.#lineBytes === 0 ? "end" : "trailer");
        this.#lineBytes = 0;
        return;
      case "data":
      case "end":
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      this.#size = (this.#digits === 1 ? 0 : this.#size * 16) + digit;
      if (this.#digits > maxDigits) throw malformed("a chunk size");
      return;
    }
    if (this.#digits === 0) throw malformed("a chunk size");
    if (byte === cr) this.#state = "size-lf";
    else if (byte === semicolon) this.#state = "extension";
    else throw malformed("a chunk size");
  }

  #takeTrailer(byte: number): void {
    this.#count();
    if (byte === cr) this.#state = "trailer-lf";
    else if (byte === lf || byte === 0) throw malformed("a trailer");
    else this.#lineBytes += 1;
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte !== expected) throw malformed("the end of a chunk");
    this.#state = next;
  }

  #count(): void {
    this.#overheadBytes += 1;
    if (this.#overheadBytes > maxOverheadBytes) throw malformed("chunk extensions or trailers of more than 16 KB");
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
