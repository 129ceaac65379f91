import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import { reply, type RawExchange } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const million = 1_000_000;

/** Sends a piece again and again, as fast as it is taken. */
function endlessly({ socket }: RawExchange, beginning: string, piece: string | Buffer): void {
  socket.write(beginning);
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}

const heapOf = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;

describe("with nothing but defaults", () => {
  it("a decompression bomb of a gigabyte is refused at 100 MB, once, and streamed it takes no memory", async () => {
    // Members of a gzip may follow each other (RFC 1952 2.2): a gigabyte of zeros in one megabyte.
    const bomb = Buffer.concat(Array.from({ length: 100 }).fill(gzipSync(Buffer.alloc(10 * million))) as Buffer[]);
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", bomb, { "content-encoding": "gzip" })));
    const { session } = testSession();
    const error = (await failureOf(session.get(wire.url))) as RequestError & { limitBytes: number };
    expect([error.name, error.limitBytes, error.attempts.length]).toEqual(["ResponseTooLargeError", 100 * million, 1]);
    const before = heapOf();
    let [sizeBytes, largest] = [0, 0];
    for await (const chunk of (await session.get(wire.url, { stream: true })).body) {
      sizeBytes += chunk.byteLength;
      largest = Math.max(largest, chunk.byteLength);
      if (sizeBytes > 40 * million) break;
    }
    expect(largest).toBeLessThanOrEqual(million);
    expect(heapOf() - before).toBeLessThan(120 * million);
  });

  it("an endless body is refused at 100 MB, once", async () => {
    const chunk = Buffer.concat([Buffer.from("f4240\r\n"), Buffer.alloc(million), Buffer.from("\r\n")]);
    const wire = await raw((exchange) => endlessly(exchange, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunk));
    const { session } = testSession();
    const error = (await failureOf(session.get(wire.url))) as RequestError;
    expect([error.code, error.attempts.length, wire.heads.length]).toEqual(["ERR_RESPONSE_TOO_LARGE", 1, 1]);
  });

  it.each<[string, string, string]>([
    ["headers", "HTTP/1.1 200 OK\r\n", "x: a\r\n".repeat(5000)],
    ["a header's value", "HTTP/1.1 200 OK\r\nx: ", "a".repeat(50_000)],
    ["a header's name", "HTTP/1.1 200 OK\r\n", "a".repeat(50_000)],
    ["a reason phrase", "HTTP/1.1 200 ", "a".repeat(50_000)],
    ["chunk extensions", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;", "a".repeat(50_000)],
    ["trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", "x: a\r\n".repeat(5000)],
  ])("%s without end are a malformed answer before they take memory", async (_what, beginning, piece) => {
    const wire = await raw((exchange) => endlessly(exchange, beginning, piece));
    const { session } = testSession({ retry: false });
    const before = heapOf();
    const error = (await failureOf(session.get(wire.url))) as RequestError;
    expect(error.code).toBe("ERR_MALFORMED_RESPONSE");
    expect(heapOf() - before).toBeLessThan(60 * million);
  });

  it("the endless body of a redirect, a 503 and a 401 is not read by a streamed call", async () => {
    const wire = await raw((exchange) => {
      const head = ["302 Found\r\nlocation: /next", "503 Busy", "401 Unauthorized"][exchange.index];
      if (head === undefined) exchange.socket.write(reply("200 OK", "end"));
      else endlessly(exchange, `HTTP/1.1 ${head}\r\ntransfer-encoding: chunked\r\n\r\n`, `4000\r\n${"x".repeat(16_384)}\r\n`);
    });
    let token = 0;
    const auth = { scheme: "x", sign: () => undefined, refresh: async () => (token += 1) === 1 };
    const { session } = testSession({ auth, timeout: "10s" });
    const response = await session.get(wire.url, { stream: true });
    expect([await response.text(), wire.heads.length]).toEqual(["end", 4]);
  });
});
