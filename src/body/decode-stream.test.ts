import zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError, ResponseTooLargeError } from "../errors/index.ts";
import { decodeStream } from "./decode-stream.ts";

const unlimited = { maxBytes: undefined };
const text = Buffer.from(Array.from({ length: 300 }, (_, index) => `line ${(index * 7919) % 1013}`).join("\n"));

const encoders: readonly (readonly [name: string, header: string, encode: (bytes: Buffer) => Buffer])[] = [
  ["gzip", "gzip", (bytes) => zlib.gzipSync(bytes)],
  ["br", "br", (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ["zstd", "zstd", (bytes) => zlib.zstdCompressSync(bytes)],
  ["zlib deflate", "deflate", (bytes) => zlib.deflateSync(bytes)],
  ["raw deflate", "deflate", (bytes) => zlib.deflateRawSync(bytes)],
];

class Source implements AsyncIterable<Uint8Array> {
  givenChunks = 0;
  isClosed = false;
  readonly #chunks: Iterable<Uint8Array>;
  readonly #failure: Error | undefined;

  constructor(chunks: Iterable<Uint8Array>, failure?: Error) {
    this.#chunks = chunks;
    this.#failure = failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of this.#chunks) {
        this.givenChunks += 1;
        yield chunk;
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.isClosed = true;
    }
  }
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return Buffer.concat(collected);
}

describe("decodeStream", () => {
  it("gives back the very chunks when there is no coding and no limit", () => {
    const source = new Source([text]);
    expect(decodeStream(source, undefined, unlimited)).toBe(source);
    expect(decodeStream(source, "identity", unlimited)).toBe(source);
    expect(decodeStream(source, "exotic", unlimited)).toBe(source);
  });

  it.each(encoders)("decodes %s whatever the chunk size", async (_name, header, encode) => {
    const whole = encode(text);
    for (const size of [1, 2, 3, 5, 64, whole.length]) {
      const source = new Source([Buffer.alloc(0), ...pieces(whole, size), Buffer.alloc(0)]);
      expect(await collect(decodeStream(source, header, unlimited))).toEqual(text);
      expect(source.isClosed).toBe(true);
    }
  });

  it.each(encoders)("refuses %s that ends early at any place", async (_name, header, encode) => {
    const whole = encode(text);
    for (let length = 1; length < whole.length; length += 1) {
      const cut = new Source(pieces(whole.subarray(0, length), 50));
      await expect(collect(decodeStream(cut, header, unlimited)), `cut at ${length}`).rejects.toMatchObject({ code: "ERR_BODY_TRUNCATED" });
    }
  });

  it.each(encoders)("gives an empty body for an empty %s", async (_name, header) => {
    expect(await collect(decodeStream(new Source([]), header, unlimited))).toEqual(Buffer.alloc(0));
    expect(await collect(decodeStream(new Source([Buffer.alloc(0)]), header, unlimited))).toEqual(Buffer.alloc(0));
  });

  it.each(encoders)("refuses bytes behind the end of %s, in the same chunk or a later one", async (_name, header, encode) => {
    const whole = encode(text);
    const garbage = Buffer.from("garbage");
    await expect(collect(decodeStream(new Source([Buffer.concat([whole, garbage])]), header, unlimited))).rejects.toThrow(DecodeError);
    await expect(collect(decodeStream(new Source([whole, garbage]), header, unlimited))).rejects.toThrow(DecodeError);
    const late = new Source([whole, garbage, garbage]);
    await expect(collect(decodeStream(late, header, unlimited))).rejects.toThrow(DecodeError);
    expect(late.isClosed).toBe(true);
  });

  it("decodes members and frames across every chunk border", async () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
    const checked = zlib.zstdCompressSync("two ", { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } });
    const bodies = {
      gzip: Buffer.concat([zlib.gzipSync("one "), zlib.gzipSync("two "), Buffer.alloc(3)]),
      zstd: Buffer.concat([zlib.zstdCompressSync("one "), skippable, checked]),
    };
    for (const [header, whole] of Object.entries(bodies)) {
      for (let at = 0; at <= whole.length; at += 1) {
        const source = new Source([whole.subarray(0, at), whole.subarray(at)]);
        expect((await collect(decodeStream(source, header, unlimited))).toString(), `${header} cut at ${at}`).toBe("one two ");
      }
    }
  });

  it("lets the zero padding of a gzip pass in any chunks", async () => {
    const source = new Source([zlib.gzipSync(text), Buffer.alloc(3), Buffer.alloc(5), Buffer.alloc(1)]);
    expect(await collect(decodeStream(source, "gzip", unlimited))).toEqual(text);
    const whole = Buffer.concat([zlib.gzipSync(text), Buffer.alloc(4)]);
    expect(await collect(decodeStream(new Source([...pieces(whole, 1), Buffer.alloc(2)]), "gzip", unlimited))).toEqual(text);
    const nonZero = new Source([whole, Buffer.from([0, 1])]);
    await expect(collect(decodeStream(nonZero, "gzip", unlimited))).rejects.toThrow(DecodeError);
  });

  it("passes an error of the source on unchanged", async () => {
    const reset = new Error("reset by peer");
    const source = new Source(pieces(zlib.gzipSync(text), 100).slice(0, 2), reset);
    await expect(collect(decodeStream(source, "gzip", { maxBytes: 1_000_000 }))).rejects.toBe(reset);
  });

  it("closes the source when the reader leaves early, through a whole stack", async () => {
    const source = new Source(pieces(zlib.brotliCompressSync(zlib.gzipSync(text)), 20));
    for await (const chunk of decodeStream(source, "gzip, br", { maxBytes: 1_000_000 })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(source.isClosed).toBe(true);
  });

  it("takes input only as fast as the reader asks for output", async () => {
    const whole = zlib.gzipSync(
      Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296).join(",")),
    );
    const source = new Source(pieces(whole, 10_000));
    const iterator = decodeStream(source, "gzip", unlimited)[Symbol.asyncIterator]();
    await iterator.next();
    expect(source.givenChunks).toBeLessThanOrEqual(3);
    await iterator.return?.();
    expect(source.isClosed).toBe(true);
  });

  it("keeps memory flat while a bomb is read to its end", async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(128 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    let readBytes = 0;
    let peak = 0;
    for await (const chunk of decodeStream(new Source([bomb]), "gzip", unlimited)) {
      readBytes += chunk.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(readBytes).toBe(128 * 1024 * 1024);
    expect(peak).toBeLessThan(48 * 1024 * 1024);
  });

  it("stops at maxBytes of decoded data, with and without a coding", async () => {
    const limits = { maxBytes: text.length - 1, request: { method: "GET", url: "http://h/" } };
    for (const [source, header] of [
      [new Source(pieces(text, 100)), undefined],
      [new Source(pieces(zlib.gzipSync(text), 100)), "gzip"],
    ] as const) {
      await expect(collect(decodeStream(source, header, limits))).rejects.toThrow(ResponseTooLargeError);
      expect(source.isClosed).toBe(true);
    }
    expect(await collect(decodeStream(new Source([text]), undefined, { maxBytes: text.length }))).toEqual(text);
  });

  it("is the inverse of encoding for any bytes in any chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.constantFrom(...encoders),
        fc.integer({ min: 1, max: 200 }),
        async (bytes, [, header, encode], size) => {
          const source = new Source(pieces(encode(Buffer.from(bytes)), size));
          expect(await collect(decodeStream(source, header, unlimited))).toEqual(Buffer.from(bytes));
        },
      ),
      { numRuns: 100 },
    );
  });
});
