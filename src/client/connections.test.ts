import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closedPort, reply, type RawExchange } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import { Session } from "./session.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

const tick = (ms = 10): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const answerOk = ({ socket }: RawExchange): void => void socket.write(reply("200 OK", "ok"));

describe("kept connections", () => {
  it("carry one call after another", async () => {
    api.on("GET /").reply({ text: "ok" });
    const { session } = testSession();
    for (let i = 0; i < 5; i += 1) await session.get(api.url);
    expect(api.connections).toBe(1);
  });

  it("are not used again after Connection: close, HTTP/1.0, an answer without a length, or one that said more than its length", async () => {
    const answers = [
      reply("200 OK", "ok", { connection: "close" }),
      Buffer.from("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"),
      reply("200 OK", "ok"),
      Buffer.concat([reply("200 OK", "ok"), Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")]),
      reply("200 OK", "ok"),
    ];
    const wire = await raw(({ index, socket }) => void socket.write(answers[index]!));
    const { session } = testSession({ retry: false });
    for (const _ of answers) {
      expect((await session.get(wire.url)).text()).toBe("ok");
      await tick();
    }
    expect(wire.accepted).toBe(4);
  });

  it("reads an answer without a length to the end of the connection", async () => {
    const wire = await raw(({ socket }) => void socket.end("HTTP/1.0 200 OK\r\n\r\nto the end"));
    const { session } = testSession();
    expect((await session.get(wire.url)).text()).toBe("to the end");
  });

  it("fails when a reset, not an end, cuts an answer without a length", async () => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf of it");
      setTimeout(() => socket.resetAndDestroy(), 15);
    });
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_BODY_TRUNCATED", cause: { code: "ECONNRESET" } });
    const stream = await session.get(wire.url, { stream: true });
    expect(await failureOf(stream.text())).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
  });

  it("live through a 100 that nobody asked for, and through 102 and 103", async () => {
    const wire = await raw(({ socket, indexOnConnection }) => {
      socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n");
      setTimeout(() => socket.write(reply("200 OK", String(indexOnConnection))), 5);
    });
    const { session } = testSession({ retry: false });
    const first = await session.get(wire.url);
    expect([first.text(), first.earlyHints["preload"]?.url]).toEqual(["0", "/style.css"]);
    expect((await session.post(wire.url, { json: {} })).text()).toBe("1");
    expect(wire.accepted).toBe(1);
  });
});

describe("a stale connection", () => {
  it("closed while idle is replaced without anybody noticing, for GET and POST", async () => {
    const wire = await raw(({ socket }) => {
      socket.write(reply("200 OK", "ok"));
      setTimeout(() => socket.end(), 2);
    });
    const { session } = testSession({ retry: false });
    for (const method of ["GET", "POST", "GET", "POST"]) {
      const response = await session.request(method, wire.url, method === "POST" ? { json: {} } : {});
      expect([response.status, response.attempts.length]).toEqual([200, 1]);
      await tick();
    }
  });

  it("closed as the request was sent is replaced once for GET and PUT, without counting as an attempt", async () => {
    const wire = await raw(({ socket, indexOnConnection }) => {
      if (indexOnConnection === 0) socket.write(reply("200 OK", "ok"));
      else socket.destroy();
    });
    const { session } = testSession({ retry: false });
    await session.get(wire.url);
    const healed = await session.get(wire.url);
    expect([healed.text(), healed.attempts.length, healed.attempts[0]?.isReusedConnection]).toEqual(["ok", 1, false]);
    expect((await session.put(wire.url, { json: { a: 1 } })).status).toBe(200);
    expect(wire.exchanges).toHaveLength(5);
  });

  it("closed as a POST was sent is not replaced: it may have been processed", async () => {
    const wire = await raw(({ socket, indexOnConnection }) => {
      if (indexOnConnection === 0) socket.write(reply("200 OK", "ok"));
      else socket.destroy();
    });
    const { session } = testSession();
    await session.get(wire.url);
    const error = (await failureOf(session.post(wire.url, { json: {} }))) as RequestError;
    expect(["ERR_CONNECTION_CLOSED", "ERR_CONNECTION_RESET"]).toContain(error.code);
    expect(error.attempts).toMatchObject([{ stopped: "method", isReusedConnection: true }]);
    expect(wire.heads.filter((head) => head.startsWith("POST"))).toHaveLength(1);
    await session.get(wire.url);
    expect((await session.post(wire.url, { json: {}, idempotencyKey: "k" })).status).toBe(200);
  });

  it("is not one that answered with something, be it no HTTP or half a head", async () => {
    for (const answer of ["garbage\r\n\r\n", "HTTP/1.1 20"]) {
      const wire = await raw(({ socket, index }) => {
        if (index === 0) socket.write(reply("200 OK", "ok"));
        else socket.end(answer);
      });
      const { session } = testSession({ retry: false });
      await session.get(wire.url);
      const error = (await failureOf(session.get(wire.url))) as RequestError;
      expect(error.attempts).toMatchObject([{ isReusedConnection: true }]);
      expect(wire.exchanges).toHaveLength(2);
    }
  });

  it("is replaced only once: a server that always hangs up is an error", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 0) socket.write(reply("200 OK", "ok"));
      else socket.destroy();
    });
    const { session } = testSession({ retry: false });
    await session.get(wire.url);
    await failureOf(session.get(wire.url));
    expect(wire.exchanges).toHaveLength(3);
  });

  it("does not cost the one-shot body of a POST whose request was never written", async () => {
    const wire = await raw((exchange) => {
      setTimeout(() => {
        exchange.socket.write(reply("200 OK", exchange.body()));
        exchange.socket.end();
      }, 5);
    });
    const { session } = testSession({ retry: false });
    await session.get(wire.url);
    await tick();
    async function* once(): AsyncGenerator<string> {
      yield "once";
    }
    expect((await session.post(wire.url, { body: once() })).text()).toContain("once");
  });
});

describe("failures to connect", () => {
  it("are told apart: refused, closed at once, reset at once, a name that does not exist", async () => {
    const closing = await raw(() => undefined, { onConnection: (socket) => void socket.end() });
    const resetting = await raw(() => undefined, { onConnection: (socket) => void socket.resetAndDestroy() });
    const { session } = testSession(
      { retry: false },
      { lookup: (_h, _o, done) => done(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" }), []) },
    );
    const messageOf = async (url: string): Promise<string> => ((await failureOf(session.get(url))) as Error).message;
    expect(await messageOf(`http://127.0.0.1:${await closedPort()}/`)).toMatch(
      /^GET http:\/\/127.0.0.1:\d+\/ failed: nothing listens at 127.0.0.1:\d+ \(ECONNREFUSED\)$/,
    );
    expect(await messageOf(closing.url)).toMatch(/failed: the server closed the connection without an answer$/);
    expect(await messageOf(resetting.url)).toMatch(/failed: the connection was reset( while connecting)? \(ECONNRESET\)$/);
    expect(await messageOf("http://nowhere.test/")).toMatch(/failed: the name nowhere.test does not resolve \(ENOTFOUND\)$/);
  });

  it("take nothing from the pool: the next call gets its connection", async () => {
    const port = await closedPort();
    const { session } = testSession({ retry: false, maxConnections: 1 });
    for (let i = 0; i < 3; i += 1)
      expect(await failureOf(session.get(`http://127.0.0.1:${port}/`))).toMatchObject({ code: "ERR_CONNECTION_REFUSED" });
    const wire = await raw(answerOk, { port });
    expect((await session.get(wire.url)).text()).toBe("ok");
  });
});

describe("maxConnections", () => {
  it("makes further calls wait in line, first come first served, and reports the wait", async () => {
    const order: string[] = [];
    api.on("GET /:n").reply(async ({ params }) => {
      order.push(String(params["n"]));
      await tick(8);
      return { text: "ok" };
    });
    const { session } = testSession({ maxConnections: 2 });
    const responses = await Promise.all(["1", "2", "3", "4", "5"].map((n) => session.get(`${api.url}/${n}`)));
    expect([order, api.connections]).toEqual([["1", "2", "3", "4", "5"], 2]);
    expect(responses.map((response) => (response.timings.queueMs ?? 0) > 4)).toEqual([false, false, true, true, true]);
  });

  it("gives the place of a failed call to the next in line", async () => {
    api.on("GET /reset").reset();
    api.on("GET /ok").reply({ text: "ok" });
    const { session } = testSession({ maxConnections: 1, retry: false });
    const results = await Promise.allSettled([
      session.get(`${api.url}/reset`),
      session.get(`${api.url}/ok`),
      session.get(`${api.url}/reset`),
      session.get(`${api.url}/ok`),
    ]);
    expect(results.map((result) => result.status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"]);
  });

  it("takes a cancelled call out of the line", async () => {
    api.on("GET /").reply({ text: "ok", delayMs: 20 });
    const { session } = testSession({ maxConnections: 1 });
    const abort = new AbortController();
    const first = session.get(api.url);
    const cancelled = failureOf(session.get(api.url, { signal: abort.signal }));
    const third = session.get(api.url);
    abort.abort();
    expect(await cancelled).toMatchObject({ code: "ERR_ABORTED" });
    expect([(await first).status, (await third).status, api.calls.length]).toEqual([200, 200, 2]);
  });

  it("holds for a call that asks for a fresh connection while all are busy", async () => {
    api.on("GET /early").fail(425).reply({ text: "ok" });
    api.on("GET /slow").reply({ text: "ok", delayMs: 20 });
    const { session } = testSession({ maxConnections: 1 });
    const [early] = await Promise.all([session.get(`${api.url}/early`), session.get(`${api.url}/slow`)]);
    expect([early.text(), early.attempts[1]?.isReusedConnection]).toEqual(["ok", false]);
  });

  it.each([0, -1, 1.5, Number.NaN, "2"])("cannot be %j", (maxConnections) => {
    expect(() => new Session({ maxConnections: maxConnections as number })).toThrow(/maxConnections takes a whole number above 0/);
  });
});

describe("close()", () => {
  it("waits for the calls in flight, refuses new ones and leaves no connection", async () => {
    const wire = await raw(({ socket }) => setTimeout(() => socket.write(reply("200 OK", "late")), 25));
    const { session } = testSession();
    const inFlight = session.get(wire.url);
    await once(wire.server, "connection");
    const closing = session.close();
    const again = session.close();
    const refused = await failureOf(session.get(wire.url));
    expect(refused).toMatchObject({ code: "ERR_SESSION_CLOSED" });
    expect((await inFlight).text()).toBe("late");
    await Promise.all([closing, again]);
    await tick();
    expect(wire.open).toBe(0);
    await session.close();
  });

  it("breaks off open streams", async () => {
    api.on("GET /").drip("x".repeat(1000));
    const { session } = testSession();
    const response = await session.get(api.url, { stream: true });
    const reading = failureOf(response.text());
    await tick();
    await session.close();
    expect(await reading).toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });

  it("of an extended session does nothing; of the root it closes all", async () => {
    api.on("GET /").reply({ text: "ok" });
    const { session } = testSession();
    const child = session.extend({ timeout: "5s" });
    await child.close();
    expect((await child.get(api.url)).text()).toBe("ok");
    expect((await session.get(api.url)).text()).toBe("ok");
    expect(api.connections).toBe(1);
    await session.close();
    expect(await failureOf(child.get(api.url))).toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });

  it("is what await using does", async () => {
    const { session } = testSession();
    await session[Symbol.asyncDispose]();
    expect(await failureOf(session.get(api.url))).toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });
});
