import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { DecodeError } from "../errors/index.ts";
import { ndjson, type NdjsonOptions } from "./ndjson.ts";

async function* from(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function collect(text: string, options?: NdjsonOptions): Promise<unknown[]> {
  const collected: unknown[] = [];
  for await (const value of ndjson(from([Buffer.from(text)]), options)) collected.push(value);
  return collected;
}

describe("ndjson", () => {
  it("gives a value for each line and skips blank ones", async () => {
    expect(await collect('\ufeff{"a":1}\r\n\n  \n[2]\nnull\n"x"')).toEqual([{ a: 1 }, [2], null, "x"]);
    expect(await collect("")).toEqual([]);
  });

  it("takes a CR inside a value for the white space it is in JSON", async () => {
    expect(await collect('{"a":\r1}\n2')).toEqual([{ a: 1 }, 2]);
  });

  it("keeps large integers when asked for", async () => {
    expect(await collect("9007199254740993\n1", { bigint: true })).toEqual([9007199254740993n, 1]);
  });

  it("names the line and the column of a fault, never the text", async () => {
    const request = { method: "GET", url: "http://h/log" };
    const given: unknown[] = [];
    let caught: unknown;
    try {
      for await (const value of ndjson(from([Buffer.from('1\n\n{"token":hunter2}\n4')]), {
        request,
        redact: (text) => text.replace("hunter2", "***"),
      }))
        given.push(value);
    } catch (error) {
      caught = error;
    }
    expect(given).toEqual([1]);
    expect(caught).toBeInstanceOf(DecodeError);
    expect(caught).toMatchObject({
      code: "ERR_DECODE",
      message: "GET http://h/log: line 3 of the stream is not JSON: a value was expected at column 10 (17 characters)",
      snippet: '{"token":***}',
    });
    expect(inspect(caught, { depth: 8 })).not.toContain("hunter2");
  });

  it("refuses a last line that was cut", async () => {
    await expect(collect('{"a":1}\n{"b":')).rejects.toThrow(/line 2 .* the text ends too early at column 6/);
  });

  it("bounds the line", async () => {
    await expect(collect(`"${"x".repeat(100)}"`, { maxLineBytes: 50 })).rejects.toMatchObject({ code: "ERR_RESPONSE_TOO_LARGE" });
  });

  it("gives back what was written, at every chunk border", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), async (values, size) => {
        const texts = values.map((value) => JSON.stringify(value));
        const bytes = Buffer.from(texts.join("\n"));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        const read: unknown[] = [];
        for await (const value of ndjson(from(chunks))) read.push(value);
        expect(read).toEqual(texts.map((text) => JSON.parse(text) as unknown));
      }),
      { numRuns: timesTheRuns(2) },
    );
  });
});
