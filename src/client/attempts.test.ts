import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { closedPort, headerIn, reply } from "../../test/raw-server.ts";
import { isConnectionError, type Attempt, type ConnectionError, type RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

describe("attempts of a call", () => {
  it("resolves with the response for every final status", async () => {
    const { session } = testSession();
    for (const status of [200, 204, 304, 400, 401, 404, 409, 410, 422, 501, 505, 511]) {
      api.on("GET /").reply({ status });
      const response = await session.get(api.url);
      expect([response.status, response.attempts.length, response.attempts[0]?.stopped]).toEqual([status, 1, "done"]);
    }
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 507, 520])(
    "repeats a %i twice and resolves with it when retries are exhausted",
    async (status) => {
      api.on("GET /").reply({ status });
      const { session, waits } = testSession();
      const response = await session.get(api.url);
      expect(response.status).toBe(status);
      expect(api.calls).toHaveLength(3);
      expect(waits).toEqual(status === 429 || status === 503 ? [1000, 2000] : [200, 400]);
      expect(response.attempts.map((attempt) => attempt.stopped)).toEqual([undefined, undefined, "attempts"]);
      expect(response.attempts.map((attempt) => attempt.waitReason)).toEqual(["backoff", "backoff", undefined]);
    },
  );

  it("sends the 425's repetition over a fresh connection", async () => {
    api.on("GET /").fail(425).reply({ text: "ok" });
    const { session } = testSession();
    expect((await session.get(api.url)).status).toBe(200);
    expect(api.connections).toBe(2);
  });

  it("reuses the connection of a retried answer", async () => {
    api.on("GET /").fail(503, { times: 2 }).reply({ text: "ok" });
    const { session } = testSession();
    const response = await session.get(api.url);
    expect(api.connections).toBe(1);
    expect(response.attempts.map((attempt) => attempt.isReusedConnection)).toEqual([false, true, true]);
  });

  it.each(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])("repeats %s after a reset", async (method) => {
    api.on(`${method} /`).reset().reply();
    const { session } = testSession();
    expect((await session.request(method, api.url)).status).toBe(200);
    expect(api.calls).toHaveLength(2);
  });

  it.each(["POST", "PATCH"])("never sends %s twice, whatever goes wrong", async (method) => {
    const { session } = testSession({ timeout: 100 });
    api.on("* /503").fail(503);
    api.on("* /reset").reset();
    api.on("* /hang").hang();
    const answered = await session.request(method, `${api.url}/503`, { json: {} });
    expect([answered.status, answered.attempts[0]?.stopped]).toEqual([503, "method"]);
    expect(answered.explain()).toMatch(new RegExp(`no further attempt: ${method} is not repeated`));
    const reset = await failureOf(session.request(method, `${api.url}/reset`, { json: {} }));
    expect(reset).toMatchObject({ code: "ERR_CONNECTION_RESET" });
    expect((reset as RequestError).message).toMatch(/no further attempt: .* is not repeated, for it may have been processed/);
    expect(await failureOf(session.request(method, `${api.url}/hang`, { json: {} }))).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait" });
    expect(api.calls).toHaveLength(3);
  });

  it("repeats a POST with the same idempotency key and a whole body each time", async () => {
    api.on("POST /").reset().fail(503).reply({ text: "made" });
    const { session } = testSession();
    const response = await session.post(api.url, { json: { a: 1 }, idempotencyKey: true });
    expect(response.text()).toBe("made");
    const keys = api.calls.map((call) => call.headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(api.calls.map((call) => call.text())).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
  });

  it("repeats a 409 only with a key of the call", async () => {
    api.on("POST /").fail(409).reply();
    const { session } = testSession();
    expect((await session.post(api.url, { idempotencyKey: "k1" })).status).toBe(200);
    api.on("PUT /").fail(409).reply();
    expect((await session.put(api.url)).status).toBe(409);
  });

  it("does not take a hand-written Idempotency-Key header for the call's own", async () => {
    api.on("POST /").fail(503);
    const { session } = testSession();
    await session.post(api.url, { headers: { "Idempotency-Key": "by hand" } });
    expect(api.calls).toHaveLength(1);
  });

  it("repeats POST on a session whose service honours idempotency keys, with one key a call", async () => {
    api.on("POST /").fail(503).reply();
    const { session } = testSession({ honoursIdempotencyKey: true });
    await session.post(api.url);
    const [first, second] = api.calls.map((call) => call.headers["idempotency-key"]);
    expect(first).toBeDefined();
    expect(second).toBe(first);
    await session.post(api.url);
    expect(api.calls[2]?.headers["idempotency-key"]).not.toBe(first);
    await session.get(api.url);
    expect(api.calls[3]?.headers["idempotency-key"]).toBeUndefined();
  });

  it("repeats POST when retry.methods names it, and then GET no more", async () => {
    api.on("* /").fail(500);
    const { session } = testSession({ retry: { methods: ["POST"], attempts: 2 } });
    await session.post(api.url);
    await session.get(api.url);
    expect(api.calls.map((call) => call.method)).toEqual(["POST", "POST", "GET"]);
  });

  it("repeats a POST that certainly was not processed: refused, and a name that does not resolve", async () => {
    const port = await closedPort();
    const { session } = testSession();
    const refused = (await failureOf(session.post(`http://127.0.0.1:${port}/`, { json: {} }))) as ConnectionError;
    expect([refused.code, refused.attempts.length]).toEqual(["ERR_CONNECTION_REFUSED", 3]);
    expect(refused.message).toMatch(
      /nothing listens at 127\.0\.0\.1:\d+ \(ECONNREFUSED\) \(3 attempts in .*: refused \(waited 200 ms, backoff\), refused \(waited 400 ms, backoff\), refused; no further attempt: retry.attempts is 3\)/,
    );
    const lookup = testSession(
      {},
      { lookup: (_host, _options, done) => done(Object.assign(new Error("getaddrinfo EAI_AGAIN x"), { code: "EAI_AGAIN" }), []) },
    );
    const unresolved = (await failureOf(lookup.session.post("http://x.invalid/", { json: {} }))) as ConnectionError;
    expect([unresolved.code, unresolved.attempts.length]).toEqual(["ERR_DNS", 3]);
  });

  it("makes one attempt with retry: false", async () => {
    api.on("GET /").fail(503);
    const { session } = testSession({ retry: false });
    const response = await session.get(api.url);
    expect([response.attempts[0]?.stopped, api.calls.length]).toEqual(["attempts", 1]);
    expect((await session.get(api.url, { retry: { attempts: 2 } })).attempts).toHaveLength(2);
  });

  it("takes retry.statuses in place of the table", async () => {
    api.on("GET /404").fail(404).reply();
    api.on("GET /503").fail(503);
    const { session } = testSession({ retry: { statuses: [404] } });
    expect((await session.get(`${api.url}/404`)).status).toBe(200);
    expect((await session.get(`${api.url}/503`)).attempts).toHaveLength(1);
  });

  it("asks retry.when before everything else, and only about failures", async () => {
    api
      .on("POST /")
      .fail(418, { headers: { "x-limit": "0" } })
      .reply();
    api.on("GET /").fail(503);
    const asked: unknown[] = [];
    const { session } = testSession({
      retry: {
        when: (failure) => {
          asked.push([failure.method, failure.status, failure.header("X-Limit")]);
          return failure.status === 418 ? "retry" : "stop";
        },
      },
    });
    expect((await session.post(api.url)).status).toBe(200);
    const stopped = await session.get(api.url);
    expect([stopped.status, stopped.attempts[0]?.stopped]).toEqual([503, "when"]);
    expect(asked).toEqual([
      ["POST", 418, "0"],
      ["GET", 503, undefined],
    ]);
  });

  it("repeats truncated and malformed answers", async () => {
    const { session } = testSession();
    const wire = await raw(({ index, socket }) => {
      if (index === 0) socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
      else if (index === 1) socket.end("SSH-2.0-OpenSSH_9.6\r\n");
      else socket.end(reply("200 OK", "whole"));
    });
    const response = await session.get(wire.url);
    expect(response.text()).toBe("whole");
    expect(response.attempts.map((attempt) => attempt.error?.code)).toEqual(["ERR_BODY_TRUNCATED", "ERR_MALFORMED_RESPONSE", undefined]);
  });

  it("tells onAttempt and the log each attempt as it ends, with the wait that follows", async () => {
    api.on("GET /").fail(503, { retryAfter: 2 }).reply();
    const seen: Attempt[] = [];
    const lines: string[] = [];
    const { session } = testSession(
      { onAttempt: (attempt) => seen.push(attempt) },
      { log: (attempt, why) => lines.push(`${attempt.number} ${attempt.status} ${why}`) },
    );
    const response = await session.get(api.url);
    expect(seen).toEqual(response.attempts);
    expect(seen[0]).toMatchObject({
      number: 1,
      method: "GET",
      url: `${api.url}/`,
      status: 503,
      waitMs: 3000,
      waitReason: "retryAfter",
      isReusedConnection: false,
    });
    expect(seen[0]?.startedAt).toBeGreaterThan(Date.now() - 10_000);
    expect(seen[1]).toMatchObject({ number: 2, status: 200, stopped: "done", isReusedConnection: true });
    expect(lines).toEqual(["1 503 undefined", "2 200 undefined"]);
  });

  it("tells the diagnostics channel, when somebody listens there", async () => {
    api.on("GET /").fail(503).reply();
    const { session } = testSession({ retry: { attempts: 1 } });
    const seen: unknown[] = [];
    const listener = (message: unknown): void => void seen.push(message);
    subscribe("errand:attempt", listener);
    const response = await session.get(api.url);
    unsubscribe("errand:attempt", listener);
    await session.get(api.url);
    expect(seen).toEqual([{ attempt: response.attempts[0], why: "retry.attempts is 1" }]);
  });

  it("lets a call's onAttempt replace the session's, and an error it throws end the call", async () => {
    api.on("GET /").reply();
    const { session } = testSession({ onAttempt: () => expect.unreachable() });
    const stop = new TypeError("stop");
    const thrower = (): void => {
      throw stop;
    };
    expect(await failureOf(session.get(api.url, { onAttempt: thrower }))).toBe(stop);
  });

  it("explains the call in a line", async () => {
    api.on("GET /").reset().fail(503, { retryAfter: 2 }).reply();
    const { session } = testSession();
    const response = await session.get(api.url);
    expect(response.explain()).toMatch(/^3 attempts in \d+ ms: reset \(waited 200 ms, backoff\), 503 \(waited 4 s, Retry-After\), 200$/);
    expect(response.elapsedMs).toBeGreaterThan(0);
  });

  it("refreshes credentials once after a 401 and repeats the call without counting it as an attempt", async () => {
    api.on("GET /").reply(({ headers }) => ({ status: headers.authorization === "Token 2" ? 200 : 401 }));
    let token = 0;
    const auth = {
      scheme: "token",
      sign: (request: { setHeader(name: string, value: string): void }) => request.setHeader("Authorization", `Token ${token}`),
      refresh: async () => {
        token += 1;
        return true;
      },
    };
    token = 1;
    const { session } = testSession({ auth });
    expect((await session.get(api.url, { retry: false })).status).toBe(200);
    token = 5;
    const refused = await session.get(api.url);
    expect([refused.status, token, refused.attempts.length]).toEqual([401, 6, 2]);
  });

  it("gives every attempt the headers of the first, and no more", async () => {
    const wire = await raw(({ index, socket }) => socket.write(index < 2 ? reply("503 Busy") : reply("200 OK")));
    const { session } = testSession();
    await session.post(wire.url, { json: { a: 1 }, idempotencyKey: "k" });
    expect(new Set(wire.heads).size).toBe(1);
    expect(headerIn(wire.heads[0]!, "content-length")).toBe("7");
  });

  it("raises no unhandled rejection when a call fails before anybody looks", async () => {
    const { session } = testSession();
    const promise = session.get("http://127.0.0.1:1/", { retry: false });
    const shortcut = promise.json();
    const both = await Promise.allSettled([promise, shortcut]);
    expect(both.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    expect(isConnectionError((both[0] as PromiseRejectedResult).reason)).toBe(true);
  });
});
