import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { ResponseTooLargeError } from "../errors/index.ts";
import { lines, type LineOptions } from "./lines.ts";

async function* from(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function collect(chunks: Iterable<Uint8Array>, options?: LineOptions): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines(from(chunks), options)) collected.push(line);
  return collected;
}

function bytewise(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

describe("lines", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["\n", [""]],
    ["a\n\n", ["a", ""]],
    ["a\r\nb\rc\nd", ["a", "b", "c", "d"]],
    ["a\r\rb", ["a", "", "b"]],
    ["a\n\rb\r", ["a", "", "b"]],
    ["\r\n\r\n", ["", ""]],
    ["ü\u2028x\u0085y\fz", ["ü\u2028x\u0085y\fz"]],
  ])("cuts %j at LF, CRLF and CR alone, without a phantom line", async (text, expected) => {
    const bytes = Buffer.from(text);
    expect(await collect([bytes])).toEqual(expected);
    expect(await collect(bytewise(bytes))).toEqual(expected);
    for (let at = 0; at <= bytes.length; at += 1) expect(await collect([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
  });

  it("gives a line as soon as its end is there", async () => {
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const text of ["one\r", "\ntwo\n", "three"]) {
        given += 1;
        yield Buffer.from(text);
      }
    }
    const iterator = lines(source());
    expect(await iterator.next()).toEqual({ value: "one", done: false });
    expect(given).toBe(1);
    expect(await iterator.next()).toEqual({ value: "two", done: false });
    expect(given).toBe(2);
    expect(await iterator.next()).toEqual({ value: "three", done: false });
  });

  it("decodes another charset, split inside a character", async () => {
    expect(await collect(bytewise(Buffer.from([0x93, 0xfa, 0x0a, 0x96, 0x7b])), { charset: "shift_jis" })).toEqual(["日", "本"]);
    await expect(collect([Buffer.from("a")], { charset: "x-bogus" })).rejects.toThrow(/"x-bogus" is not known/);
  });

  it("removes a byte order mark", async () => {
    expect(await collect(bytewise(Buffer.from("\ufeffa\nb")))).toEqual(["a", "b"]);
  });

  it("refuses a line beyond maxLineBytes after the lines before it were given", async () => {
    const given: string[] = [];
    const read = async (): Promise<void> => {
      for await (const line of lines(from([Buffer.from("ok\n12345\n123456\nnever")]), { maxLineBytes: 5 })) given.push(line);
    };
    await expect(read()).rejects.toThrow(ResponseTooLargeError);
    expect(given).toEqual(["ok", "12345"]);
  });

  it("counts bytes, not characters, and does not wait for the line's end", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.from("é");
    }
    const read = async (): Promise<void> => {
      for await (const line of lines(endless(), { maxLineBytes: 100 })) expect(line).toBe("never");
    };
    await expect(read()).rejects.toMatchObject({ code: "ERR_RESPONSE_TOO_LARGE", limitBytes: 100 });
    expect(await collect([Buffer.from("é".repeat(50))], { maxLineBytes: 100 })).toEqual(["é".repeat(50)]);
    await expect(collect([Buffer.from("é".repeat(51))], { maxLineBytes: 100 })).rejects.toThrow(ResponseTooLargeError);
  });

  it("closes the source when the reader leaves early", async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("line\n");
      } finally {
        isClosed = true;
      }
    }
    for await (const line of lines(source())) {
      expect(line).toBe("line");
      break;
    }
    expect(isClosed).toBe(true);
  });

  it("gives the same lines as splitting the whole text, whatever the chunks", async () => {
    const unit = fc.constantFrom("a", "é", "世", "🌍", "\r", "\n", "\r\n");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 40 }), fc.integer({ min: 1, max: 7 }), async (text, size) => {
        const expected = text.split(/\r\n|\r|\n/);
        if (expected.at(-1) === "") expected.pop();
        const bytes = Buffer.from(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(await collect(chunks)).toEqual(expected);
      }),
      { numRuns: timesTheRuns(3) },
    );
  });
});
