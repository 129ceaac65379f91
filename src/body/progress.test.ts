import { describe, expect, it } from "vitest";
import { encodeBody } from "./encode-body.ts";
import type { EncodedBody } from "./encoded-body.ts";
import { downloadMeter, withDownloadProgress, withUploadProgress, type DownloadProgress, type UploadProgress } from "./progress.ts";

function bodyOf(encoded: ReturnType<typeof encodeBody>): EncodedBody {
  if (encoded === undefined || encoded instanceof Promise) throw new TypeError("this body is at hand");
  return encoded;
}

/** A clock that each chunk of the source moves on. */
function ticking(stepMs: number): { now: () => number; chunks: (sizes: readonly number[]) => AsyncGenerator<Uint8Array> } {
  let nowMs = 1000;
  return {
    now: () => nowMs,
    async *chunks(sizes) {
      for (const size of sizes) {
        nowMs += stepMs;
        yield Buffer.alloc(size, 7);
      }
    },
  };
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe("progress of a download", () => {
  it("is told at the first byte, at most every 100 ms, and at the last", async () => {
    const { now, chunks } = ticking(40);
    const seen: DownloadProgress[] = [];
    const sizes = Array.from({ length: 10 }, () => 100);
    expect(await drain(withDownloadProgress(chunks(sizes), (progress) => seen.push(progress), { totalBytes: 1000, now }))).toHaveLength(
      1000,
    );
    expect(seen.map(({ receivedBytes, elapsedMs, isDone }) => [receivedBytes, elapsedMs, isDone])).toEqual([
      [0, 0, false],
      [300, 120, false],
      [600, 240, false],
      [900, 360, false],
      [1000, 400, true],
    ]);
    expect(seen.at(-1)).toEqual({
      direction: "download",
      receivedBytes: 1000,
      totalBytes: 1000,
      fraction: 1,
      elapsedMs: 400,
      bytesPerSecond: 2500,
      isDone: true,
    });
    expect(seen[0]?.bytesPerSecond).toBe(0);
  });

  it("has no total and no fraction where nobody knows them", async () => {
    const { now, chunks } = ticking(40);
    const seen: DownloadProgress[] = [];
    await drain(withDownloadProgress(chunks([5]), (progress) => seen.push(progress), { totalBytes: undefined, now }));
    expect(seen.map(({ receivedBytes, totalBytes, fraction }) => [receivedBytes, totalBytes, fraction])).toEqual([
      [0, undefined, undefined],
      [5, undefined, undefined],
    ]);
  });

  it("is whole for an empty body, and never more than whole", async () => {
    const { now, chunks } = ticking(200);
    const seen: DownloadProgress[] = [];
    await drain(withDownloadProgress(chunks([]), (progress) => seen.push(progress), { totalBytes: 0, now }));
    await drain(withDownloadProgress(chunks([10]), (progress) => seen.push(progress), { totalBytes: 5, now }));
    expect(seen.map(({ fraction }) => fraction)).toEqual([1, 1, 0, 1, 1]);
  });

  it("does not tell of an end that did not come", async () => {
    const seen: DownloadProgress[] = [];
    const broken = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(3);
      throw new Error("broken");
    })();
    await expect(drain(withDownloadProgress(broken, (progress) => seen.push(progress), { totalBytes: 9 }))).rejects.toThrow("broken");
    expect(seen.every(({ isDone }) => !isDone)).toBe(true);
    expect(seen.length).toBeGreaterThan(0);
  });

  it("counts a resumed part, but not into the speed", () => {
    let nowMs = 0;
    const seen: DownloadProgress[] = [];
    const meter = downloadMeter(
      (progress) => seen.push(progress),
      () => nowMs,
    );
    meter.start(500, 1000);
    nowMs = 1000;
    meter.add(100);
    meter.start(550, 1000);
    nowMs = 2000;
    meter.add(450);
    meter.finish();
    expect(seen.map(({ receivedBytes, bytesPerSecond }) => [receivedBytes, bytesPerSecond])).toEqual([
      [500, 0],
      [600, 100],
      [1000, 275],
      [1000, 275],
    ]);
  });

  it("costs nothing when nobody listens, and stops the source when the reader leaves", async () => {
    const { chunks } = ticking(1);
    const source = chunks([1, 1]);
    expect(withDownloadProgress(source, undefined, { totalBytes: 2 })).toBe(source);
    for await (const chunk of withDownloadProgress(source, () => undefined, { totalBytes: 2 })) {
      expect(chunk).toHaveLength(1);
      break;
    }
    expect(await source.next()).toMatchObject({ done: true });
  });

  it("ends with an error of the listener's", async () => {
    const { chunks } = ticking(1);
    const listen = (): void => {
      throw new Error("mine");
    };
    await expect(drain(withDownloadProgress(chunks([1]), listen, { totalBytes: 1 }))).rejects.toThrow("mine");
  });
});

describe("progress of an upload", () => {
  it("goes in steps of 64 KB also where the body is at hand, and counts what was taken", async () => {
    let nowMs = 0;
    const seen: UploadProgress[] = [];
    const body = withUploadProgress(
      bodyOf(encodeBody({ body: Buffer.alloc(150_000, 1) })),
      (progress) => seen.push(progress),
      () => nowMs,
    );
    expect([body.bytes, body.contentLength, body.isReplayable]).toEqual([undefined, 150_000, true]);
    const sizes: number[] = [];
    for await (const piece of body.open()) {
      // Nothing is sent yet of a piece that was only just given out.
      expect(seen.at(-1)?.sentBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
      sizes.push(piece.byteLength);
      nowMs += 100;
    }
    expect(sizes).toEqual([65_536, 65_536, 18_928]);
    expect(seen.map(({ sentBytes, isDone }) => [sentBytes, isDone])).toEqual([
      [0, false],
      [65_536, false],
      [131_072, false],
      [150_000, false],
      [150_000, true],
    ]);
    expect(seen.at(-1)).toMatchObject({ direction: "upload", totalBytes: 150_000, fraction: 1 });
  });

  it("begins anew with each attempt", async () => {
    const seen: UploadProgress[] = [];
    const body = withUploadProgress(bodyOf(encodeBody({ json: { a: 1 } })), (progress) => seen.push(progress));
    expect([String(await drain(body.open())), String(await drain(body.open())), body.contentType]).toEqual([
      '{"a":1}',
      '{"a":1}',
      "application/json",
    ]);
    expect(seen.map(({ sentBytes, isDone }) => [sentBytes, isDone])).toEqual([
      [0, false],
      [7, true],
      [0, false],
      [7, true],
    ]);
  });

  it("keeps a one-shot stream one-shot, and of unknown length", async () => {
    const source = (async function* () {
      yield Buffer.from("once");
    })();
    const body = withUploadProgress(bodyOf(encodeBody({ body: source })), () => undefined);
    expect([body.isReplayable, body.contentLength]).toEqual([false, undefined]);
    expect(String(await drain(body.open()))).toBe("once");
    expect(() => body.open()).toThrow(/already sent once/);
  });

  it("costs nothing when nobody listens", () => {
    const body = bodyOf(encodeBody({ json: 1 }));
    expect(withUploadProgress(body, undefined)).toBe(body);
  });
});
