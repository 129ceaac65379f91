import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../../test/property-runs.ts";
import { ExplainedFailure } from "../explained-failure.ts";
import { ResponseParser } from "./response-parser.ts";

interface Outcome {
  readonly heads: string[];
  body: string;
  end: string;
}

/** What a parser makes of bytes that come in these pieces, and of the end of the connection after them. */
function read(pieces: readonly Buffer[], { method = "GET", isEnded = false } = {}): Outcome {
  const outcome: Outcome = { heads: [], body: "", end: "open" };
  const parser = new ResponseParser({
    onHead: ({ status, statusText, rawHeaders }) => void outcome.heads.push([status, statusText, ...rawHeaders].join("|")),
    onData: (chunk) => void (outcome.body += chunk.toString("latin1")),
    onEnd: ({ isKeptAlive }, hasExcess) => void (outcome.end = hasExcess ? "excess" : isKeptAlive ? "kept" : "closed"),
  });
  parser.begin(method);
  try {
    for (const piece of pieces) parser.push(piece);
    if (isEnded) parser.end();
  } catch (error) {
    outcome.end = error instanceof ExplainedFailure ? error.message : String(error);
  }
  return outcome;
}

const parse = (text: string, options?: Parameters<typeof read>[1]): Outcome => read([Buffer.from(text, "latin1")], options);
const ok = "HTTP/1.1 200 OK\r\n";

describe("framing", () => {
  it.each([
    ["a length", `${ok}Content-Length: 5\r\n\r\nhello`, {}, "hello", "kept"],
    ["a length of nothing", `${ok}Content-Length: 0\r\n\r\n`, {}, "", "kept"],
    ["the same length twice", `${ok}Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello`, {}, "hello", "kept"],
    ["chunks", `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n`, {}, "hello!", "kept"],
    ["chunks with trailers", `${ok}Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n000\r\nA: b\r\nC: d\r\n\r\n`, {}, "hello", "kept"],
    ["the end of the connection", `${ok}\r\nhello`, { isEnded: true }, "hello", "closed"],
    ["HEAD", `${ok}Content-Length: 5\r\n\r\n`, { method: "HEAD" }, "", "kept"],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", {}, "", "kept"],
    ["204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", {}, "", "closed"],
    ["304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", {}, "", "kept"],
    ["close", `${ok}Content-Length: 2\r\nConnection: Close, x\r\n\r\nhi`, {}, "hi", "closed"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", {}, "hi", "closed"],
    ["HTTP/1.0 that is kept", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", {}, "hi", "kept"],
    ["more than it announced", `${ok}Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n`, {}, "hi", "excess"],
    ["more than its chunks", `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1`, {}, "", "excess"],
  ])("%s", (_name, text, options, body, end) => {
    expect(parse(text, options)).toMatchObject({ body, end });
  });

  it.each([
    ["both", `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, "both Content-Length and Transfer-Encoding"],
    ["a coding that was not asked for", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`, "a Transfer-Encoding that was not asked for"],
    ["two codings", `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, "a Transfer-Encoding that was not asked for"],
    ["a negative length", `${ok}Content-Length: -5\r\n\r\n`, "its Content-Length"],
    ["a length with a sign", `${ok}Content-Length: +5\r\n\r\n`, "its Content-Length"],
    ["a hexadecimal length", `${ok}Content-Length: 0x5\r\n\r\n`, "its Content-Length"],
    ["a length past all numbers", `${ok}Content-Length: ${"9".repeat(20)}\r\n\r\n`, "its Content-Length"],
    ["two lengths", `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`, "its Content-Length"],
    ["an empty length", `${ok}Content-Length:\r\n\r\n`, "its Content-Length"],
    ["a chunk size with a sign", `${ok}Transfer-Encoding: chunked\r\n\r\n-5\r\n`, "a chunk size"],
    ["a chunk size with a prefix", `${ok}Transfer-Encoding: chunked\r\n\r\n0x5\r\n`, "a chunk size"],
    ["a chunk size with blanks", `${ok}Transfer-Encoding: chunked\r\n\r\n5 \r\n`, "a chunk size"],
    ["no chunk size", `${ok}Transfer-Encoding: chunked\r\n\r\n\r\n`, "a chunk size"],
    ["a chunk size past all numbers", `${ok}Transfer-Encoding: chunked\r\n\r\n${"f".repeat(14)}\r\n`, "a chunk size"],
    ["a chunk longer than its size", `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n`, "the end of a chunk"],
    ["a chunk size ended by a line feed", `${ok}Transfer-Encoding: chunked\r\n\r\n2\nab\r\n`, "a chunk size"],
    ["a line feed in an extension", `${ok}Transfer-Encoding: chunked\r\n\r\n2;a\nab\r\n`, "a chunk extension"],
    ["trailers without an end", `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(4_000)}`, "more than 16 KB"],
    [
      "extensions without an end",
      `${ok}Transfer-Encoding: chunked\r\n\r\n${"1;aaaaaaaaaaaaaaaa\r\nx\r\n".repeat(1_500)}`,
      "more than 16 KB",
    ],
    ["headers without an end", `${ok}${"a: b\r\n".repeat(4_000)}`, "headers of more than 16 KB"],
    ["larger headers", `${ok}a: ${"b".repeat(17_000)}\r\n\r\n`, "headers of more than 16 KB"],
    ["a header without a name", `${ok}: b\r\n\r\n`, "header line 1"],
    ["a header without a colon", `${ok}a: b\r\nc\r\n\r\n`, "header line 2"],
    ["a blank before the colon", `${ok}a : b\r\n\r\n`, "header line 1"],
    ["a NUL in a value", `${ok}a: b\0c\r\n\r\n`, "header line 1"],
    ["a carriage return in a value", `${ok}a: b\rc: d\r\n\r\n`, "header line 1"],
    ["a line feed in a value", `${ok}a: b\nc: d\r\n\r\n`, "header line 1"],
    ["a continued line before any header", `${ok} a: b\r\n\r\n`, "its status line|header line 1"],
    ["another protocol", "HTTP/2 200\r\n\r\n", "it does not begin with HTTP/1"],
    ["another version", "HTTP/1.2 200 OK\r\n\r\n", "its status line"],
    ["no status", "HTTP/1.1\r\n\r\n", "its status line"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "its status line"],
    ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n", "its status line"],
    ["line feeds alone", "HTTP/1.1 200 OK\ncontent-length: 0\n\n", "its status line"],
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "it changes to another protocol unasked"],
    ["a TLS alert", "\u0015\u0003\u0001\u0000\u0002\u0002\u0016", "the port speaks TLS"],
    ["something else", "SSH-2.0-OpenSSH_9.2\r\n", "it does not begin with HTTP/1"],
  ])("%s is refused", (_name, text, reason) => {
    expect(parse(text).end).toMatch(new RegExp(reason));
  });

  it.each([
    ["nothing", ""],
    ["half a head", "HTTP/1.1 200 OK\r\nconte"],
    ["a body that is short", `${ok}Content-Length: 5\r\n\r\nhell`],
    ["chunks without the last", `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
    ["a last chunk without its end", `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`],
  ])("the end of the connection after %s is too early", (_name, text) => {
    expect(parse(text, { isEnded: true }).end).toBe("the server closed the connection without an answer");
  });
});

describe("heads", () => {
  it("keep names, order and repeats, and lose blanks around values", () => {
    const { heads } = parse(`HTTP/1.1 200\r\nB:  two \r\na:1\u00a0\r\nB:\t3\t\r\nEmpty:\r\ncontent-length: 0\r\n\r\n`);
    expect(heads).toEqual(["200||B|two|a|1\u00a0|B|3|Empty||content-length|0"]);
  });

  it("join values that go on over lines", () => {
    expect(parse(`${ok}a: one\r\n  two\r\n\tthree\r\ncontent-length: 0\r\n\r\n`).heads).toEqual([
      "200|OK|a|one two three|content-length|0",
    ]);
  });

  it("of interim responses come before the final one's", () => {
    const { heads, end } = parse(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    );
    expect([heads, end]).toEqual([["100|Continue", "103|Early Hints|link|</a>", "204|No Content"], "kept"]);
  });

  it("have their reason in UTF-8, or else in latin1", () => {
    const bytes = (encoding: BufferEncoding): Buffer =>
      Buffer.concat([Buffer.from("HTTP/1.1 404 "), Buffer.from("löydy", encoding), Buffer.from("\r\ncontent-length: 0\r\n\r\n")]);
    expect(["utf8", "latin1"].map((encoding) => read([bytes(encoding as BufferEncoding)]).heads[0])).toEqual(
      Array(2).fill("404|löydy|content-length|0"),
    );
  });
});

describe("properties", () => {
  const token = fc.stringMatching(/^[a-z][a-z-]{0,8}$/).filter((name) => !/^(?:content-length|transfer-encoding|connection)$/.test(name));
  const fields = fc.array(fc.tuple(token, fc.stringMatching(/^[!-~]{0,12}$/)), { maxLength: 5 });
  const body = fc.string({ unit: "binary-ascii", maxLength: 60 });
  const response = fc
    .record({ fields, body, sizes: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 }), isChunked: fc.boolean() })
    .map(({ fields: list, body: text, sizes, isChunked }) => {
      const head = list.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      if (!isChunked) return { text: `${ok}${head}content-length: ${text.length}\r\n\r\n${text}`, body: text };
      let at = 0;
      let chunks = "";
      for (const size of [...sizes, text.length]) {
        const piece = text.slice(at, at + size);
        if (piece !== "") chunks += `${piece.length.toString(16)}\r\n${piece}\r\n`;
        at += size;
      }
      return { text: `${ok}${head}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`, body: text };
    });
  const cuts = fc.array(fc.nat(200), { maxLength: 12 });
  const split = (bytes: Buffer, at: readonly number[]): Buffer[] => {
    const points = [0, ...at.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
    return points.slice(1).map((end, index) => bytes.subarray(points[index], end));
  };

  it("a response is the same however its bytes are split", () => {
    fc.assert(
      fc.property(response, cuts, ({ text, body: expected }, at) => {
        const bytes = Buffer.from(text, "latin1");
        const whole = read([bytes]);
        expect([whole.body, whole.end]).toEqual([expected, "kept"]);
        expect(read(split(bytes, at))).toEqual(whole);
      }),
      { numRuns: timesTheRuns(3) },
    );
  });

  it("a response that is cut anywhere is never whole", () => {
    fc.assert(
      fc.property(response, fc.nat(400), ({ text }, at) => {
        const cut = Buffer.from(text.slice(0, Math.min(at, text.length - 1)), "latin1");
        expect(read([cut], { isEnded: true }).end).toBe("the server closed the connection without an answer");
      }),
      { numRuns: timesTheRuns(3) },
    );
  });

  it("random bytes are refused or waited for, never a crash, and split no other way", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.string({ maxLength: 60 }).map((text) => Buffer.from(ok + text, "latin1")),
    );
    fc.assert(
      fc.property(noise, cuts, (bytes, at) => {
        const whole = read([Buffer.from(bytes)]);
        expect(whole.end).toMatch(/^(?:open|kept|closed|excess|the answer is not valid HTTP .*|the port speaks TLS.*)$/s);
        const pieces = read(split(Buffer.from(bytes), at));
        // A connection that is closed for what is left over is closed one piece earlier or later.
        if (whole.end !== "excess") expect(pieces).toEqual(whole);
      }),
      { numRuns: timesTheRuns(3) },
    );
  });
});
