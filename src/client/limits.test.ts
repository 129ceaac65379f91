import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { reply, type RawServer } from "../../test/raw-server.ts";
import { failureOf, raw, server, testSession } from "../../test/test-session.ts";
import type { Clock } from "../limit/index.ts";
import { Session } from "./index.ts";

/** Stands still; what is scheduled runs in the next turn, and the clock is then that much later. */
function jumpingClock(): { readonly clock: Clock; readonly scheduled: number[] } {
  const scheduled: number[] = [];
  const now = (): number => scheduled.reduce((sum, ms) => sum + ms, 0);
  const schedule = (run: () => void, ms: number): (() => void) => {
    const timer = setTimeout(() => {
      scheduled.push(ms);
      run();
    }, 0);
    return () => clearTimeout(timer);
  };
  return { clock: { now, schedule }, scheduled };
}

/** Answers when it is told to. */
async function slowServer(): Promise<{ readonly url: string; readonly asked: Promise<void>; readonly answer: () => void }> {
  let hear: () => void = () => undefined;
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (hear = resolve));
  const { url } = await raw(({ socket }) => {
    answer = () => void socket.write(reply("200 OK", "x"));
    hear();
  });
  return { url, asked, answer: () => answer() };
}

/** Takes 5 ms for each answer, and knows how many it was asked for at a time. */
async function counting(): Promise<RawServer & { most(): number }> {
  let now = 0;
  let most = 0;
  const wire = await raw(({ socket }) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      socket.write(reply("200 OK", "x"));
    }, 5);
  });
  return Object.assign(wire, { most: () => most });
}

describe("concurrency", () => {
  it("never has more requests at the servers than it says, and answers all", async () => {
    const wire = await counting();
    const { session } = testSession({ concurrency: 3 });
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => session.get(`${wire.url}/${index}`)));
    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(wire.most()).toBe(3);
  });

  it("lets deadline and signal end the wait in line, without an attempt", async () => {
    const { url, asked, answer } = await slowServer();
    const { session } = testSession({ concurrency: 1 });
    const first = session.get(url).text();
    const controller = new AbortController();
    const late = failureOf(session.get(url, { deadline: "20ms" }));
    const cancelled = failureOf(session.get(url, { signal: controller.signal }));
    await delay(1);
    controller.abort(new Error("mine"));
    expect(await cancelled).toMatchObject({ code: "ERR_ABORTED", attempts: [], cause: { message: "mine" } });
    expect(await late).toMatchObject({ code: "ERR_DEADLINE", attempts: [] });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await asked;
    answer();
    expect(await first).toBe("x");
  });

  it("turns those in line away when the session is closed, and lets the running ones finish", async () => {
    const { url, asked, answer } = await slowServer();
    const { session } = testSession({ concurrency: 1 });
    const first = session.get(url).text();
    const waiting = [failureOf(session.get(url)), failureOf(session.post(url))];
    await asked;
    const closing = session.close();
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: "ERR_SESSION_CLOSED" });
    answer();
    expect(await first).toBe("x");
    await closing;
  });

  it("gives the place away while a call waits for its next attempt", async () => {
    const api = await server();
    api.on("GET /a").fail(503).reply();
    api.on("GET /b").reply();
    let wake: () => void = () => undefined;
    const { session } = testSession({ concurrency: 1 }, { sleep: () => new Promise((resolve) => (wake = resolve)) });
    const first = session.get(`${api.url}/a`);
    expect((await session.get(`${api.url}/b`)).status).toBe(200);
    wake();
    expect((await first).attempts).toHaveLength(2);
  });

  it("holds a stream's place to its end", async () => {
    const api = await server();
    api.on("GET /a").reply({ text: "hello" });
    const { session } = testSession({ concurrency: 1 });
    await (await session.get(`${api.url}/a`, { stream: true })).text();
    await (await session.get(`${api.url}/a`, { stream: true })).close();
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx"));
    const open = await session.get(wire.url, { stream: true });
    expect(await failureOf(session.get(`${api.url}/a`, { deadline: "30ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
    await open.close();
    expect((await session.get(`${api.url}/a`)).status).toBe(200);
  });

  it("loses no place to a call that is cancelled as its turn comes", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { session } = testSession({ concurrency: 1 });
    for (let round = 0; round < 60; round += 1) {
      const controller = new AbortController();
      const first = session.get(api.url);
      const settled = Promise.allSettled([first, session.get(api.url, { signal: controller.signal }), session.get(api.url)]);
      await first;
      for (let turn = 0; turn < round % 12; turn += 1) await Promise.resolve();
      controller.abort();
      await settled;
    }
    expect((await session.get(api.url, { deadline: "1s" })).status).toBe(200);
  });
});

describe("rate", () => {
  it("counts attempts, retries among them", async () => {
    const api = await server();
    api.on("GET /a").fail(503).fail(503).reply();
    const { clock, scheduled } = jumpingClock();
    const { session } = testSession({ rate: { limit: 1, per: "1h" } }, { clock });
    expect((await session.get(`${api.url}/a`)).attempts).toHaveLength(3);
    expect(scheduled).toEqual([3_600_000, 3_600_000]);
  });
});

describe("breaker", () => {
  it("opens, refuses without a request or gives the fallback, and probes", async () => {
    const api = await server();
    api.on("GET /").fail(500);
    api.on("GET /ok").reply();
    let nowMs = 0;
    const changes: string[] = [];
    const clock = { now: () => nowMs, schedule: () => () => undefined };
    const { session } = testSession({ retry: false, breaker: { onChange: ({ to }) => changes.push(to) } }, { clock });
    for (let count = 0; count < 20; count += 1) await session.get(api.url);
    expect(await failureOf(session.get(api.url))).toMatchObject({
      name: "CircuitOpenError",
      code: "ERR_CIRCUIT_OPEN",
      origin: api.url,
      retryAfterMs: 5000,
      message: expect.stringContaining("was not sent: 20 of 20 calls"),
    });
    expect((await session.get(api.url, { fallback: [] })).json()).toEqual([]);
    expect(api.calls).toHaveLength(20);
    nowMs = 5000;
    expect((await session.get(api.url)).status).toBe(500);
    expect(api.calls).toHaveLength(21);
    expect(await failureOf(session.get(api.url))).toMatchObject({ code: "ERR_CIRCUIT_OPEN" });
    nowMs = 10_000;
    expect((await session.get(`${api.url}/ok`)).status).toBe(200);
    expect(changes).toEqual(["open", "halfOpen", "open", "halfOpen", "closed"]);
  });

  it("stops the retries of a call under which it opened, and says so", async () => {
    const api = await server();
    api.on("GET /").fail(500);
    const { session } = testSession({ breaker: { minimumCalls: 2 } }, { clock: { now: () => 0, schedule: () => () => undefined } });
    const response = await session.get(api.url);
    expect([response.status, response.attempts.at(-1)?.stopped]).toEqual([500, "breaker"]);
    expect(response.explain()).toMatch(/circuit is open/);
    expect(api.calls).toHaveLength(2);
  });
});

describe("an extended session", () => {
  it("counts against the same concurrency as its parent", async () => {
    const wire = await counting();
    const { session } = testSession({ concurrency: 2 });
    const child = session.extend({ headers: { "x-child": "1" } });
    await Promise.all([session, child, session, child, session, child].map((each) => each.get(wire.url)));
    expect([wire.most(), wire.heads.length]).toEqual([2, 6]);
  });
});

describe("limit options", () => {
  it("fail at once when they are wrong, and cannot be changed by extend", () => {
    expect(() => new Session({ concurrency: 0 })).toThrow(/concurrency: 0/);
    expect(() => new Session({}).extend({ rate: "1/s" })).toThrow(/rate cannot be changed by extend/);
  });
});
