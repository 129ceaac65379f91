import { describe, expect, it } from "vitest";
import { rawServer, reply, type RawServer } from "../raw-server.ts";
import { closeAfterTest, raw, testSession, type TestSession } from "../test-session.ts";

const tick = (ms = 10): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const fifty = Array.from({ length: 50 }, (_, n) => n);

/** A session with fifty connections in its pool, and the server they lead to. */
async function fiftyConnections(): Promise<TestSession & { readonly before: RawServer }> {
  const waiting: (() => void)[] = [];
  const before = await rawServer(({ socket }) => {
    waiting.push(() => void socket.write(reply("200 OK", "before")));
    if (waiting.length === fifty.length) for (const answer of waiting) answer();
  });
  const started = testSession();
  await Promise.all(fifty.map(() => started.session.get(before.url)));
  expect([before.accepted, before.open]).toEqual([50, 50]);
  return { ...started, before };
}

describe("a server that restarts under fifty pooled connections", () => {
  it.each(["GET", "POST"])("answers fifty times %s, and no call counts a second attempt", async (method) => {
    const { session, waits, before } = await fiftyConnections();
    await before.close();
    await tick();
    const after = closeAfterTest(await rawServer(({ socket }) => void socket.write(reply("200 OK", "after")), { port: before.port }));
    const responses = await Promise.all(fifty.map(() => session.request(method, after.url, method === "POST" ? { json: {} } : {})));
    expect(responses.map((response) => [response.text(), response.attempts.length])).toEqual(fifty.map(() => ["after", 1]));
    expect([after.heads.length, waits]).toEqual([50, []]);
  });

  it("and is not back yet is waited for, by POST too: nothing of it was sent", async () => {
    const { session, before } = await fiftyConnections();
    await before.close();
    const started: RawServer[] = [];
    const { session: patient } = testSession(
      {},
      {
        sleep: async () => {
          if (started.length > 0) return;
          started.push(closeAfterTest(await rawServer(({ socket }) => void socket.write(reply("201 Created")), { port: before.port })));
        },
      },
    );
    const response = await patient.post(before.url, { json: {} });
    expect([response.status, response.attempts.map(({ error }) => error?.code)]).toEqual([201, ["ERR_CONNECTION_REFUSED", undefined]]);
    expect((await session.get(before.url)).status).toBe(201);
  });

  it("with a reset of each is lived through as well", async () => {
    const { session, before } = await fiftyConnections();
    for (const { socket } of before.exchanges) socket.resetAndDestroy();
    await before.close();
    const after = closeAfterTest(await rawServer(({ socket }) => void socket.write(reply("200 OK", "after")), { port: before.port }));
    const responses = await Promise.all(fifty.map(() => session.get(after.url)));
    expect(responses.every((response) => response.text() === "after")).toBe(true);
  });
});

describe("an idle connection", () => {
  it("on which the server says 408 and closes gives the next call no answer that is not its own", async () => {
    const wire = await raw(({ index, socket }) => {
      socket.write(reply("200 OK", `answer ${index}`));
      if (index === 0) setTimeout(() => socket.end(reply("408 Request Timeout", "idle", { connection: "close" })), 5);
    });
    const { session } = testSession();
    await session.get(wire.url);
    await tick(20);
    const response = await session.post(wire.url, { json: {} });
    expect([response.status, response.text(), response.attempts.length]).toEqual([200, "answer 1", 1]);
  });

  it("of an HTTP/1.0 server is closed after each answer, or kept when it says keep-alive", async () => {
    const wire = await raw(({ index, socket }) => {
      const line = index < 3 ? "" : "connection: keep-alive\r\n";
      socket.write(`HTTP/1.0 200 OK\r\n${line}content-length: 1\r\n\r\n${index}`);
    });
    const { session } = testSession();
    const seen: unknown[] = [];
    for (let i = 0; i < 6; i += 1) {
      seen.push([(await session.get(wire.url)).text(), wire.accepted]);
      await tick(5);
    }
    expect(seen).toEqual([1, 2, 3, 4, 4, 4].map((accepted, index) => [String(index), accepted]));
  });

  it("of an HTTP/1.0 server that ends its body with the connection gives the whole body", async () => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.0 200 OK\r\n\r\nto ");
      setTimeout(() => socket.end("the end"), 5);
    });
    const { session } = testSession();
    expect((await session.get(wire.url)).text()).toBe("to the end");
    expect(await (await session.get(wire.url, { stream: true })).text()).toBe("to the end");
  });
});
