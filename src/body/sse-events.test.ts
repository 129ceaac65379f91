import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { DecodeError } from "../errors/index.ts";
import type { EventStreamPosition, ServerSentEvent } from "./event-stream-parser.ts";
import { sseEvents, type EventStreamOptions } from "./sse-events.ts";

async function* from(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function collect(chunks: Iterable<Uint8Array>, options?: EventStreamOptions): Promise<ServerSentEvent[]> {
  const collected: ServerSentEvent[] = [];
  for await (const event of sseEvents(from(chunks), options)) collected.push(event);
  return collected;
}

function bytewise(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

function message(data: string, rest: Partial<ServerSentEvent> = {}): ServerSentEvent {
  return { event: "message", data, id: "", ...rest };
}

/** The standard's algorithm over the whole text, as plainly as it can be written. */
function interpret(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let data = "";
  let type = "";
  let id = "";
  let retryMs: number | undefined;
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data !== "")
        events.push({ event: type || "message", data: data.slice(0, -1), id, ...(retryMs === undefined ? {} : { retryMs }) });
      data = "";
      type = "";
      continue;
    }
    if (line.startsWith(":")) continue;
    const [, field, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line)!;
    if (field === "data") data += `${value}\n`;
    if (field === "event") type = value;
    if (field === "id" && !value.includes("\0")) id = value;
    if (field === "retry" && /^[0-9]+$/.test(value)) retryMs = Number(value);
  }
  return events;
}

describe("sseEvents", () => {
  it.each<[text: string, events: ServerSentEvent[]]>([
    ["", []],
    ["data: YHOO\ndata: +2\ndata: 10\n\n", [message("YHOO\n+2\n10")]],
    [
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
      [message("first event", { id: "1" }), message("second event")],
    ],
    ["data\n\ndata\ndata\n\ndata:", [message(""), message("\n")]],
    ["data:test\n\ndata: test\n\n", [message("test"), message("test")]],
    ["event: add\ndata: 7\n\nevent: remove\n\ndata: 8\n\n", [message("7", { event: "add" }), message("8")]],
    ["event\ndata: 1\n\n", [message("1")]],
    ["data: 1\r\ndata: 2\rdata: 3\n\r\ndata: 4\r\r", [message("1\n2\n3"), message("4")]],
    ["\ufeffdata: 1\n\n\ufeffdata: 2\n\n", [message("1")]],
    ["id: 5\n\ndata: later\n\n", [message("later", { id: "5" })]],
    ["id: a\0b\ndata: 1\n\n", [message("1")]],
    ["id: 1\ndata: 1\n\nid: a\0b\ndata: 2\n\n", [message("1", { id: "1" }), message("2", { id: "1" })]],
    [
      "retry: 1500\ndata: 1\n\nretry: 0x10\nretry: -1\nretry: 1.5\nretry:\nretry: 2 \nretry: ٣\ndata: 2\n\n",
      [message("1", { retryMs: 1500 }), message("2", { retryMs: 1500 })],
    ],
    ["retry: 007\n\ndata: 1\n\n", [message("1", { retryMs: 7 })]],
    [`retry: ${"9".repeat(400)}\ndata: 1\n\n`, [message("1", { retryMs: Number.MAX_SAFE_INTEGER })]],
    ["Data: 1\n data: 2\ndata : 3\nunknown: 4\n:data: 5\n\n", []],
    ["data: a:b: c\n\n", [message("a:b: c")]],
    ["data: grün 世 🌍\u2028\u0085x\n\n", [message("grün 世 🌍\u2028\u0085x")]],
    ["data: 1\n", []],
    ["data: 1\ndata: 2", []],
  ])("reads %j by the standard, whatever the chunks", async (text, expected) => {
    const bytes = Buffer.from(text);
    // The plain one has no bound for numbers.
    if (text.length < 300) expect(interpret(text)).toEqual(expected);
    expect(await collect([bytes])).toEqual(expected);
    expect(await collect(bytewise(bytes))).toEqual(expected);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(await collect([bytes.subarray(0, at), Buffer.alloc(0), bytes.subarray(at)])).toEqual(expected);
    }
  });

  it("makes U+FFFD of bytes that are no UTF-8, and ignores any other charset", async () => {
    expect(await collect(bytewise(Buffer.from("data: gr\xfcn\n\n", "latin1")))).toEqual([message("gr\ufffdn")]);
  });

  it("gives the same events as the standard's algorithm over the whole text", async () => {
    const unit = fc.constantFrom("data", "event", "id", "retry", ":", " ", "\n", "\r", "\r\n", "\n\n", "1", "é", "🌍", "\0", "\ufeff", "x");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
        const bytes = Buffer.from(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(await collect(chunks)).toEqual(interpret(text));
      }),
      { numRuns: timesTheRuns(10) },
    );
  });

  it("gives an event as soon as its blank line is there", async () => {
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const text of ["data: 1\r", "\n\r", "\ndata: 2\n", "\n"]) {
        given += 1;
        yield Buffer.from(text);
      }
    }
    const iterator = sseEvents(source());
    expect(await iterator.next()).toEqual({ value: message("1"), done: false });
    expect(given).toBe(2);
    expect(await iterator.next()).toEqual({ value: message("2"), done: false });
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  it("keeps the position for a later connection: only what a blank line confirmed, the retry time at once", async () => {
    const position: EventStreamPosition = { lastEventId: "41", retryMs: 9 };
    const first = await collect([Buffer.from("data: a\n\nid: 42\n\nretry: 70\nid: 43\ndata: lost")], { position });
    expect([first, position]).toEqual([[message("a", { id: "41", retryMs: 9 })], { lastEventId: "42", retryMs: 70 }]);
    expect(await collect([Buffer.from("data: b\n\nid:\n\n")], { position })).toEqual([message("b", { id: "42", retryMs: 70 })]);
    expect(position.lastEventId).toBe("");
  });

  it("refuses an event beyond maxEventBytes after the events before it were given, at every chunk border", async () => {
    const text = Buffer.from("data: ok\n\n: comment\n:two\ndata: 1234\ndata\nid: 5\n\ndata: never\n\n");
    const request = { method: "GET", url: "http://x/" };
    const read = async (chunks: Uint8Array[], maxEventBytes: number): Promise<string[]> => {
      const given: string[] = [];
      const error = await (async () => {
        for await (const { data } of sseEvents(from(chunks), { maxEventBytes, request })) given.push(data);
      })().catch((cause: unknown) => cause);
      if (error !== undefined) expect(error).toBeInstanceOf(DecodeError);
      if (error instanceof Error) expect(error.message).toBe("GET http://x/: an event of the stream is larger than 18 bytes");
      return [...given, error === undefined ? "end" : "error"];
    };
    for (let at = 0; at <= text.length; at += 1) {
      const chunks = [text.subarray(0, at), text.subarray(at)];
      expect(await read(chunks, 19)).toEqual(["ok", "1234\n", "never", "end"]);
      expect(await read(chunks, 18)).toEqual(["ok", "error"]);
    }
  });

  it("does not wait for the end of an endless line or an endless event", async () => {
    for (const text of ["x", "data: 1\n", ":"]) {
      const endless = (async function* () {
        for (;;) yield Buffer.from(text);
      })();
      await expect(sseEvents(endless, { maxEventBytes: 1000 }).next()).rejects.toThrow(DecodeError);
    }
  });

  it("is not bothered by comments, however many", async () => {
    const comments = Array.from({ length: 1000 }, () => Buffer.from(": keep-alive\n"));
    expect(await collect([Buffer.from("data: 1\n"), ...comments, Buffer.from("\n")], { maxEventBytes: 100 })).toEqual([message("1")]);
  });

  it("closes the source when the reader leaves early", async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("data: 1\n\ndata: 2\n\n");
      } finally {
        isClosed = true;
      }
    }
    for await (const event of sseEvents(source())) {
      expect(event).toEqual(message("1"));
      break;
    }
    expect(isClosed).toBe(true);
  });

  it("reads a hundred megabytes without keeping them", async () => {
    const chunk = Buffer.from(`data: ${"x".repeat(1000)}\n\n`.repeat(64));
    const source = (async function* () {
      for (let sent = 0; sent < 100_000_000; sent += chunk.length) yield chunk;
    })();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    let largest = 0;
    let count = 0;
    for await (const { data } of sseEvents(source)) {
      count += data.length === 1000 ? 1 : 0;
      if (count % 10_000 === 0) largest = Math.max(largest, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before);
    }
    expect(count).toBe(Math.ceil(100_000_000 / chunk.length) * 64);
    expect(largest).toBeLessThan(60_000_000);
  });
});
