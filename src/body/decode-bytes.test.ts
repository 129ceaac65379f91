import zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { DecodeError, ResponseTooLargeError } from "../errors/index.ts";
import { decodeBytes } from "./decode-bytes.ts";

const unlimited = { maxBytes: undefined };
const request = { method: "GET", url: "https://api.example.com/v1" };
const text = Buffer.from(Array.from({ length: 400 }, (_, index) => `line ${(index * 7919) % 1013}`).join("\n"));
/** Larger than what is decoded at once. */
const large = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296).join(","));

const encoders: readonly (readonly [name: string, header: string, encode: (bytes: Buffer) => Buffer])[] = [
  ["gzip", "gzip", (bytes) => zlib.gzipSync(bytes)],
  ["x-gzip", "X-GZip", (bytes) => zlib.gzipSync(bytes)],
  ["br", "br", (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ["zstd", "zstd", (bytes) => zlib.zstdCompressSync(bytes)],
  ["deflate in zlib format", "deflate", (bytes) => zlib.deflateSync(bytes)],
  ["raw deflate", "deflate", (bytes) => zlib.deflateRawSync(bytes)],
];

async function failure(run: () => Buffer | Promise<Buffer>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("decodeBytes", () => {
  it.each(encoders)("decodes small %s at once and large in the pool", async (_name, header, encode) => {
    const small = decodeBytes(encode(text), header, unlimited);
    expect(Buffer.isBuffer(small)).toBe(true);
    expect(await small).toEqual(text);
    const pending = decodeBytes(encode(large), header, unlimited);
    expect(pending).toBeInstanceOf(Promise);
    expect((await pending).equals(large)).toBe(true);
  });

  it.each(encoders)("refuses %s cut at any place, whatever Content-Length said", async (_name, header, encode) => {
    const whole = encode(text);
    for (let length = 1; length < whole.length; length += 1) {
      const error = await failure(() => decodeBytes(whole.subarray(0, length), header, { maxBytes: undefined, request }));
      expect(error, `cut at ${length} of ${whole.length}`).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({ code: "ERR_BODY_TRUNCATED", request });
    }
  });

  it.each(encoders)("refuses large %s that is cut", async (_name, header, encode) => {
    const whole = encode(large);
    for (const length of [70_000, whole.length >> 1, whole.length - 1]) {
      const error = await failure(() => decodeBytes(whole.subarray(0, length), header, unlimited));
      expect(error).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
    }
  });

  it.each(encoders)("refuses what is not %s and names request and coding", async (_name, header) => {
    // A first byte of 0xf6 is a reserved block type in raw deflate and no header in any of the others.
    const error = await failure(() => decodeBytes(Buffer.from([0xf6, 1, 2, 3, 4, 5, 6, 7]), header, { maxBytes: undefined, request }));
    expect(error).toBeInstanceOf(DecodeError);
    expect(String(error)).toContain("GET https://api.example.com/v1: the ");
  });

  it.each(encoders.filter(([name]) => /gzip|zlib/.test(name)))(
    "finds every flipped bit of %s by its checksum",
    async (_name, header, encode) => {
      const whole = encode(text);
      for (let at = 0; at < whole.length; at += 7) {
        const bad = Buffer.from(whole);
        bad[at] = (bad[at] ?? 0) ^ 0x10;
        let result: Buffer | undefined;
        const error = await failure(async () => (result = await decodeBytes(bad, header, unlimited)));
        // Some bits of the header, such as gzip's time, say nothing about the content.
        if (error === undefined) expect(result).toEqual(text);
        else expect(error).toBeInstanceOf(DecodeError);
      }
    },
  );

  it.each(encoders)("returns an empty body for an empty body labelled %s", async (_name, header) => {
    expect(await decodeBytes(Buffer.alloc(0), header, unlimited)).toEqual(Buffer.alloc(0));
  });

  it.each(encoders)("lets %s of exactly maxBytes pass and refuses one byte more", async (_name, header, encode) => {
    for (const body of [text, large]) {
      expect((await decodeBytes(encode(body), header, { maxBytes: body.length })).equals(body)).toBe(true);
      const error = await failure(() => decodeBytes(encode(body), header, { maxBytes: body.length - 1, request }));
      expect(error).toBeInstanceOf(ResponseTooLargeError);
      expect(error).toMatchObject({ code: "ERR_RESPONSE_TOO_LARGE", limitBytes: body.length - 1, request });
    }
  });

  it.each(encoders)("stops a bomb of %s at the limit without unpacking it", async (_name, header, encode) => {
    const bomb = encode(Buffer.alloc(24 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    const error = await failure(() => decodeBytes(bomb, header, { maxBytes: 2_000_000 }));
    expect(error).toBeInstanceOf(ResponseTooLargeError);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
  });

  it("counts a body without coding against the limit too", () => {
    expect(decodeBytes(text, undefined, { maxBytes: text.length })).toBe(text);
    expect(() => decodeBytes(text, undefined, { maxBytes: text.length - 1 })).toThrow(ResponseTooLargeError);
    expect(() => decodeBytes(text, "identity", { maxBytes: 0 })).toThrow(ResponseTooLargeError);
  });

  it("undoes stacked codings, the last applied first", async () => {
    const stacked = zlib.zstdCompressSync(zlib.brotliCompressSync(zlib.gzipSync(zlib.deflateSync(text))));
    expect(await decodeBytes(stacked, "deflate, gzip , identity,BR,zstd", unlimited)).toEqual(text);
  });

  it("undoes five codings and refuses six", async () => {
    let stacked = text;
    for (let count = 0; count < 5; count += 1) stacked = zlib.gzipSync(stacked);
    expect(await decodeBytes(stacked, "gzip,gzip,gzip,gzip,gzip", unlimited)).toEqual(text);
    expect(() => decodeBytes(zlib.gzipSync(stacked), "gzip,gzip,gzip,gzip,gzip,gzip", unlimited)).toThrow(/6 content codings/);
  });

  it.each(["aws-chunked", "utf-8", "gzip, exotic", "exotic, gzip"])("leaves bytes untouched under the unknown coding %s", (header) => {
    const bytes = zlib.gzipSync(text);
    expect(decodeBytes(bytes, header, unlimited)).toBe(bytes);
  });

  it("decodes all members of a gzip and the zero padding some tools add", async () => {
    const members = Buffer.concat([zlib.gzipSync("one "), zlib.gzipSync("two "), zlib.gzipSync("three")]);
    expect((await decodeBytes(members, "gzip", unlimited)).toString()).toBe("one two three");
    expect((await decodeBytes(Buffer.concat([members, Buffer.alloc(9)]), "gzip", unlimited)).toString()).toBe("one two three");
  });

  it("decodes all frames of a zstd, skippable ones left out", async () => {
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const emptySkippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
    const checked = zlib.zstdCompressSync("two ", { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } });
    const frames = Buffer.concat([skippable, zlib.zstdCompressSync("one "), emptySkippable, checked, zlib.zstdCompressSync(""), skippable]);
    expect((await decodeBytes(frames, "zstd", unlimited)).toString()).toBe("one two ");
  });

  it.each(encoders)("refuses bytes behind the end of %s instead of dropping them", async (_name, header, encode) => {
    const error = await failure(() => decodeBytes(Buffer.concat([encode(text), Buffer.from("more")]), header, unlimited));
    expect(error).toBeInstanceOf(DecodeError);
  });

  it("is the inverse of any stack of codings for any bytes", async () => {
    const layer = fc.constantFrom(...encoders);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.array(layer, { maxLength: 5 }), async (bytes, layers) => {
        let body: Buffer = Buffer.from(bytes);
        for (const [, , encode] of layers) body = encode(body);
        const header = layers.map(([, name]) => name).join(", ");
        expect(await decodeBytes(body, header, unlimited)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 150 },
    );
  });

  it("answers any bytes with bytes or one of the documented errors", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.constantFrom("gzip", "deflate", "br", "zstd"),
        async (bytes, coding) => {
          const error = await failure(() => decodeBytes(Buffer.from(bytes), coding, { maxBytes: 100_000 }));
          if (error !== undefined) expect(error instanceof DecodeError || error instanceof ResponseTooLargeError).toBe(true);
        },
      ),
      { numRuns: timesTheRuns(3) },
    );
  });
});
