import { describe, expect, it } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import { reply, type RawExchange } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const tick = (ms = 10): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers when head and body have come. */
function answerAfter({ head, socket }: RawExchange, bodyBytes: number): void {
  const timer = setInterval(() => {
    if (socket.bytesRead < head.length + 2 + bodyBytes) return;
    clearInterval(timer);
    socket.write(reply("200 OK", "stored"));
  }, 5);
  socket.on("close", () => clearInterval(timer));
}

describe("an interim response", () => {
  it("comes a hundred times before the answer, and the answer is the answer", async () => {
    const wire = await raw(({ socket }) => {
      for (const status of ["100 Continue", "102 Processing", "103 Early Hints"]) socket.write(`HTTP/1.1 ${status}\r\n\r\n`.repeat(33));
      socket.write(reply("200 OK", "final"));
    });
    const { session } = testSession();
    const response = await session.get(wire.url);
    expect([response.status, response.statusText, response.text(), response.attempts.length]).toEqual([200, "OK", "final", 1]);
    expect((await session.post(wire.url, { json: {} })).text()).toBe("final");
    expect(wire.accepted).toBe(1);
  });

  it("without end holds no call past its timeout, and takes no memory", async () => {
    const wire = await raw(({ socket }) => {
      const piece = `HTTP/1.1 103 Early Hints\r\nlink: </${"x".repeat(4000)}>; rel=preload\r\n\r\n`.repeat(20);
      const timer = setInterval(() => socket.write(piece), 1);
      socket.on("close", () => clearInterval(timer));
    });
    const { session } = testSession({ timeout: "200ms", retry: false });
    const before = process.memoryUsage().heapUsed;
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait" });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
  });

  it("and a status line that come in two packets lose nothing of the reason phrase", async () => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 102 Proc");
      setTimeout(() => socket.write("essing\r\n\r\nHTTP/1.1 404 Not "), 10);
      setTimeout(() => socket.write("Found\r\ncontent-length: 0\r\n\r\n"), 20);
    });
    const { session } = testSession();
    expect((await session.get(wire.url)).statusText).toBe("Not Found");
  });

  it("that gives hints shows them beside the final answer, which alone has a status and headers", async () => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\nx-interim: 1\r\n\r\n");
      socket.write(reply("404 Not Found", "none"));
    });
    const { session } = testSession();
    const response = await session.get(wire.url);
    expect([response.status, response.header("x-interim"), response.earlyHints["preload"]?.url]).toEqual([404, undefined, "/style.css"]);
  });
});

describe("an answer before the upload's end", () => {
  it.each([1_000_000, 20_000_000])("is returned though the server resets the connection at once, %i bytes of it unread", async (size) => {
    const wire = await raw(({ socket }) => {
      socket.pause();
      socket.write(reply("413 Content Too Large", "too much", { connection: "close" }), () => socket.resetAndDestroy());
    });
    const { session } = testSession();
    const response = await session.post(wire.url, { body: Buffer.alloc(size) });
    expect([response.status, response.text(), response.attempts.length]).toEqual([413, "too much", 1]);
  });

  it("lets go of the caller's stream, as a timeout and a reset do", async () => {
    let open = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      open += 1;
      try {
        for (;;) {
          yield Buffer.alloc(65_536);
          await tick(0);
        }
      } finally {
        open -= 1;
      }
    }
    const early = await raw(({ socket }) => void socket.pause().write(reply("401 Unauthorized", "who are you")));
    const silent = await raw(({ socket }) => void socket.pause());
    const broken = await raw(({ socket }) => void setTimeout(() => socket.resetAndDestroy(), 10));
    const { session } = testSession({ timeout: "80ms" });
    expect((await session.post(early.url, { body: endless() })).status).toBe(401);
    expect(await failureOf(session.post(silent.url, { body: endless() }))).toMatchObject({ code: "ERR_TIMEOUT", phase: "send" });
    expect(await failureOf(session.post(broken.url, { body: endless() }))).toBeInstanceOf(Error);
    await expect.poll(() => open, { timeout: 2000 }).toBe(0);
  });

  it("that may be retried is: the next attempt sends the whole body over a new connection", async () => {
    const body = Buffer.alloc(12_000_000, "abc");
    const wire = await raw((exchange) => {
      if (exchange.index === 0) exchange.socket.pause().write(reply("503 Busy", "not now"));
      else answerAfter(exchange, body.length);
    });
    const { session } = testSession({ timeout: "5s" });
    const response = await session.put(wire.url, { body });
    expect([response.text(), response.attempts.map(({ status }) => status), wire.accepted]).toEqual(["stored", [503, 200], 2]);
    expect(wire.exchanges[1]?.body() === body.toString()).toBe(true);
  });

  it("does not put the next call behind the rest of the upload, which its server never reads", async () => {
    const wire = await raw(({ head, socket }) => {
      if (head.startsWith("POST")) socket.pause().write(reply("413 Content Too Large", "too much"));
      else socket.write(reply("200 OK", "next"));
    });
    const { session } = testSession({ maxConnections: 1, timeout: "5s" });
    expect((await session.post(wire.url, { body: Buffer.alloc(20_000_000) })).status).toBe(413);
    expect((await session.get(wire.url)).text()).toBe("next");
  });

  it("does not make a truncated answer of a reset that comes after it", async () => {
    const wire = await raw(({ socket }) => {
      socket.pause();
      socket.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 100\r\n\r\nhalf", () => socket.resetAndDestroy());
    });
    const { session } = testSession();
    const error = (await failureOf(session.post(wire.url, { body: Buffer.alloc(5_000_000) }))) as RequestError;
    expect(["ERR_BODY_TRUNCATED", "ERR_CONNECTION_RESET"]).toContain(error.code);
    expect(wire.heads).toHaveLength(1);
  });
});
