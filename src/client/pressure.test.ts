import { describe, expect, it } from "vitest";
import { closedPort, reply } from "../../test/raw-server.ts";
import { closeAfterTest, raw, server, testSession } from "../../test/test-session.ts";
import { rawServer } from "../../test/raw-server.ts";

describe("Retry-After", () => {
  it.each([
    ["0", [1000, 2000], "retryAfter"],
    ["7", [8000, 9000], "retryAfter"],
    ["Fri, 31 Dec 1999 23:59:59 GMT", [1000, 2000], "retryAfter"],
    ["-5", [1000, 2000], "backoff"],
    ["1.5", [1000, 2000], "backoff"],
    ["0x10", [1000, 2000], "backoff"],
    ["1e1", [1000, 2000], "backoff"],
    ["5, 10", [1000, 2000], "backoff"],
    ["garbage", [1000, 2000], "backoff"],
  ])("%j gives the waits %j, by %s", async (value, expected, reason) => {
    const api = await server();
    api.on("GET /").fail(503, { retryAfter: value });
    const { session, waits } = testSession();
    const response = await session.get(api.url);
    expect([waits, response.attempts[0]?.waitReason]).toEqual([expected, reason]);
  });

  it("as a date in the future is waited for", async () => {
    const api = await server();
    api
      .on("GET /")
      .fail(429, { retryAfter: new Date(Date.now() + 10_000) })
      .reply();
    const { session, waits } = testSession();
    await session.get(api.url);
    expect(waits[0]).toBeGreaterThan(9_000);
    expect(waits[0]).toBeLessThanOrEqual(11_000);
  });

  it("is honoured on any retried status, and is the least time, not the most", async () => {
    const api = await server();
    api.on("GET /").fail(500, { retryAfter: 3 });
    const { session, waits } = testSession({ retry: { backoff: "10s" } });
    await session.get(api.url);
    expect(waits).toEqual([13_000, 23_000]);
  });

  it.each(["99999999999", "61"])("of %s s, beyond maxRetryAfter, ends the call at once and says what was asked for", async (value) => {
    const api = await server();
    api.on("GET /").fail(503, { retryAfter: value });
    const { session, waits } = testSession();
    const response = await session.get(api.url);
    expect([response.status, response.attempts[0]?.stopped, waits]).toEqual([503, "retryAfter", []]);
    expect(response.explain()).toMatch(/no further attempt: the server asked to wait .*, longer than maxRetryAfter \(60 s\)/);
    expect(() => response.raiseForStatus()).toThrow(/the server asked to wait/);
  });

  it("missing, a rate limit's reset is the wait", async () => {
    const api = await server();
    api
      .on("GET /")
      .fail(429, { headers: { "ratelimit-remaining": "0", "ratelimit-reset": "9" } })
      .reply();
    const { session, waits } = testSession();
    const response = await session.get(api.url);
    expect([waits, response.attempts[0]?.waitReason]).toEqual([[10_000], "rateLimit"]);
  });
});

describe("the retry budget", () => {
  it.each(["503", "timeout"])(
    "lets a thousand callers of a server that gives nothing but %s add at most 20 % load",
    async (kind) => {
      const wire = await raw(({ socket }) => {
        if (kind === "503") socket.write(reply("503 Busy"));
      });
      const { session } = testSession({ timeout: kind === "503" ? "20s" : "300ms", maxConnections: 500 });
      const results = await Promise.all(
        Array.from({ length: 1000 }, () =>
          session.get(wire.url).then(
            (response) => response.attempts,
            (error: { attempts: readonly { stopped?: string }[] }) => error.attempts,
          ),
        ),
      );
      const attempts = results.flat();
      expect(attempts.length).toBeLessThanOrEqual(1200);
      expect(attempts.length).toBeGreaterThan(1000);
      expect(results.some((each) => each.at(-1)?.stopped === "budget")).toBe(true);
    },
    20_000,
  );

  it("lets fifty callers survive a restart of 300 ms", async () => {
    const port = await closedPort();
    let now = 0;
    const sleeping: { at: number; wake: () => void }[] = [];
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => sleeping.push({ at: now + ms, wake: resolve }));
    let seed = 1;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const { session } = testSession({}, { sleep, random });
    const calls = Promise.all(Array.from({ length: 50 }, () => session.get(`http://127.0.0.1:${port}/`)));
    const state = { isRunning: true };
    void calls.then(() => (state.isRunning = false));
    let started = false;
    while (state.isRunning) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const next = sleeping.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) continue;
      now = next.at;
      if (now >= 300 && !started) {
        started = true;
        closeAfterTest(await rawServer(({ socket }) => void socket.write(reply("200 OK", "back")), { port }));
      }
      next.wake();
    }
    const responses = await calls;
    expect(responses.every((response) => response.text() === "back")).toBe(true);
    expect(responses.flatMap((response) => response.attempts).length).toBeGreaterThan(100);
  });

  it("is refilled by successes: a server that fails now and then is always retried", async () => {
    const api = await server();
    api.on("GET /").reply(() => ({ status: api.calls.length % 2 === 1 ? 503 : 200 }));
    const { session } = testSession();
    const statuses: number[] = [];
    for (let i = 0; i < 300; i += 1) statuses.push((await session.get(api.url)).status);
    expect(statuses.every((status) => status === 200)).toBe(true);
  });

  it("is kept per origin: one dead service does not stop retries to another", async () => {
    const [dead, flaky] = [await server(), await server()];
    dead.on("GET /").fail(503);
    flaky.on("GET /").fail(503).reply();
    const { session } = testSession();
    await Promise.all(Array.from({ length: 150 }, () => session.get(dead.url)));
    expect((await session.get(dead.url)).attempts.at(-1)?.stopped).toBe("budget");
    expect((await session.get(flaky.url)).status).toBe(200);
  });
});
