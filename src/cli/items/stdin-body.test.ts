import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import type { Input } from "../io.ts";
import { stdinBody } from "./stdin-body.ts";

function withChunks(chunks: () => AsyncGenerator<Uint8Array>): ReturnType<typeof memoryIo> {
  const stdin: Input = { kind: "pipe", chunks };
  return Object.assign(memoryIo(), { stdin });
}

describe("stdinBody", () => {
  it("reads a short body whole, so that it can be sent again", async () => {
    expect(await stdinBody(memoryIo({ stdin: "abc" }))).toEqual(Buffer.from("abc"));
  });

  it("finds no body in an empty stdin", async () => {
    expect(await stdinBody(memoryIo({ stdin: "" }))).toBeUndefined();
  });

  it("streams a long body, from its first byte to its last, without reading ahead", async () => {
    let given = 0;
    const io = withChunks(async function* () {
      for (; given < 5_000_000; given += 100_000) yield Buffer.alloc(100_000);
    });
    const body = await stdinBody(io);
    expect(given).toBeLessThan(1_200_000);
    let sizeBytes = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) sizeBytes += chunk.byteLength;
    expect(sizeBytes).toBe(5_000_000);
  });

  it("says what it waits for when nobody writes", async () => {
    const io = withChunks(async function* () {
      await delay(30);
      yield Buffer.from("late");
    });
    expect(await stdinBody(io, 5)).toEqual(Buffer.from("late"));
    expect(io.stderrText()).toContain("waiting for the body on stdin");
  });
});
