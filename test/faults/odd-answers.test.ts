import { describe, expect, it } from "vitest";
import { failureOf, raw, testSession } from "../test-session.ts";

const ok = "HTTP/1.1 200 OK\r\n";

describe("an answer that is odd but right", () => {
  it("has blanks around its values, which belong to none of them, nor to the length", async () => {
    const wire = await raw(({ index, socket }) => {
      socket.write(`${ok}x-a: \t 1 \t\r\nx-b:  \r\nConnection: keep-alive \r\nContent-Length:  2  \r\n\r\n${index}!`);
    });
    const { session } = testSession();
    for (const text of ["0!", "1!"]) {
      const response = await session.get(wire.url);
      expect([response.header("x-a"), response.header("x-b"), response.header("content-length"), response.text()]).toEqual([
        "1",
        "",
        "2",
        text,
      ]);
    }
    expect(wire.accepted).toBe(1);
    expect((await session.head(wire.url)).header("content-length")).toBe("2");
  });

  it("comes byte by byte", async () => {
    const answer = `${ok}x-a: 1 \r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n`;
    const wire = await raw(({ socket }) => {
      let sent = 0;
      const next = (): void => {
        socket.write(answer.charAt(sent));
        sent += 1;
        if (sent < answer.length) setImmediate(next);
      };
      next();
    });
    const { session } = testSession();
    const response = await session.get(wire.url);
    expect([response.statusText, response.header("x-a"), response.text(), response.attempts.length]).toEqual(["OK", "1", "hello", 1]);
  });

  it.each(["chunked", "Chunked "])("has the transfer coding %j", async (coding) => {
    const wire = await raw(({ socket }) => void socket.write(`${ok}transfer-encoding: ${coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`));
    const { session } = testSession();
    for (let i = 0; i < 2; i += 1) expect((await session.get(wire.url)).text()).toBe("hello");
    expect(wire.accepted).toBe(1);
  });

  it("to HEAD, or with 204 or 304, may say any transfer coding: it has no body", async () => {
    const statuses = ["200 OK", "204 No Content", "304 Not Modified"];
    const wire = await raw(
      ({ index, socket }) => void socket.write(`HTTP/1.1 ${statuses[index]}\r\ntransfer-encoding: gzip, chunked\r\n\r\n`),
    );
    const { session } = testSession({ timeout: "5s" });
    expect([(await session.head(wire.url)).text(), (await session.get(wire.url)).text(), (await session.get(wire.url)).text()]).toEqual([
      "",
      "",
      "",
    ]);
  });

  it("folds a header over two lines, or repeats the length behind the chunks", async () => {
    const answers = [
      `${ok}x-a: 1\r\n  2\r\ncontent-length: 5\r\n\r\nhello`,
      `${ok}x-a: 1 2\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\ncontent-length: 3\r\n\r\n`,
    ];
    const wire = await raw(({ index, socket }) => void socket.write(answers[index] ?? ""));
    const { session } = testSession({ timeout: "5s" });
    for (let i = 0; i < 2; i += 1) {
      const response = await session.get(wire.url);
      expect([response.header("x-a"), response.text()]).toEqual(["1 2", "hello"]);
    }
    expect(wire.accepted).toBe(1);
  });
});

describe("an answer that can be read in two ways", () => {
  it.each([
    ["a sign before the length", `${ok}content-length: +5\r\n\r\nhello`],
    ["a blank inside the length", `${ok}content-length: 5 5\r\n\r\nhello`],
    ["a length in base 16", `${ok}content-length: 0x5\r\n\r\nhello`],
    ["a length with a letter", `${ok}content-length: 5a\r\n\r\nhello`],
    ["an empty length", `${ok}content-length: \r\n\r\nhello`],
    ["a length with another transfer coding", `${ok}transfer-encoding: identity\r\ncontent-length: 3\r\n\r\nhello`],
    ["a transfer coding nobody asked for", `${ok}transfer-encoding: gzip\r\n\r\nhello`],
    ["such a coding beside chunks", `${ok}transfer-encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ["such a coding behind chunks", `${ok}transfer-encoding: chunked, gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ["a coding that looks like chunked", `${ok}transfer-encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ["chunked twice", `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ["a folded length", `${ok}content-length: 3\r\n 5\r\n\r\nhello`],
    ["a NUL in a value", `${ok}x: a\0b\r\ncontent-length: 5\r\n\r\nhello`],
    ["a bare CR in a value", `${ok}x: a\rcontent-length: 2\r\ncontent-length: 5\r\n\r\nhello`],
    ["a blank before the colon", `${ok}content-length : 5\r\n\r\nhello`],
    ["a bare LF behind a chunk's size", `${ok}transfer-encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`],
    ["a blank behind a chunk's size", `${ok}transfer-encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n`],
    ["a prefix before a chunk's size", `${ok}transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`],
    ["a negative chunk", `${ok}transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n`],
    ["more data than a chunk's size", `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n`],
    ["a 103 with a body", `HTTP/1.1 103 Early Hints\r\ncontent-length: 5\r\n\r\nhello${ok}content-length: 2\r\n\r\nok`],
  ])("is an error: %s", async (_what, answer) => {
    const wire = await raw(({ socket }) => void socket.end(Buffer.from(answer, "latin1")));
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ name: "ConnectionError", code: "ERR_MALFORMED_RESPONSE" });
  });
});
