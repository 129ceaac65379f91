import { getEventListeners } from "node:events";
import type { LookupAddress } from "node:dns";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { reply } from "../../test/raw-server.ts";
import { isAbortError, isDeadlineError, isTimeoutError, type AbortError, type DeadlineError, type TimeoutError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import type { Lookup } from "../transport/index.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

/** Loopback answers at once; an address of TEST-NET-1 would be asked for ever, so tests let the resolver hang instead. */
const silentLookup: Lookup = () => undefined;
const resolveTo =
  (...found: LookupAddress[]): Lookup =>
  (_host, _options, done) =>
    done(null, found);

describe("timeout", () => {
  it("bounds the wait for an answer and says in which phase the time went", async () => {
    api.on("GET /").hang();
    const { session } = testSession({ retry: false });
    const error = (await failureOf(session.get(api.url, { timeout: "80ms" }))) as TimeoutError;
    expect(isTimeoutError(error)).toBe(true);
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait", request: { method: "GET", url: `${api.url}/` } });
    expect(error.message).toBe(`GET ${api.url}/ timed out after 80 ms (waiting for the answer)`);
    expect(error.hint).toMatch(/Raise timeout/);
  });

  it("bounds the body too: a slow drip does not escape it", async () => {
    api.on("GET /").drip("x".repeat(400), { everyMs: 5 });
    const { session } = testSession({ retry: false });
    const startedAt = performance.now();
    expect(await failureOf(session.get(api.url, { timeout: "250ms" }))).toMatchObject({ code: "ERR_TIMEOUT", phase: "receive" });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it("is not escaped by headers that come one at a time, or by a flood of 1xx", async () => {
    const wire = await raw(({ socket, index }) => {
      const piece = index === 0 ? "x-slow: 1\r\n" : "HTTP/1.1 102 Processing\r\n\r\n".repeat(5);
      if (index === 0) socket.write("HTTP/1.1 200 OK\r\n");
      const timer = setInterval(() => socket.write(piece), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const { session } = testSession({ retry: false, timeout: "100ms" });
    for (let i = 0; i < 2; i += 1) expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait" });
  });

  it("bounds the name's resolution and the handshake", async () => {
    const { session } = testSession({ retry: false, timeout: "30ms" }, { lookup: silentLookup });
    expect(await failureOf(session.get("http://slow.test/"))).toMatchObject({ code: "ERR_TIMEOUT", phase: "dns" });
    const silent = await raw(() => undefined);
    const secure = testSession({ retry: false, timeout: "100ms" });
    expect(await failureOf(secure.session.get(`https://127.0.0.1:${silent.port}/`))).toMatchObject({ code: "ERR_TIMEOUT", phase: "tls" });
  });

  it("bounds the wait for a free connection", async () => {
    api.on("GET /").hang();
    const { session } = testSession({ retry: false, maxConnections: 1, timeout: "60ms" });
    const [, second] = await Promise.all([failureOf(session.get(api.url, { timeout: "150ms" })), failureOf(session.get(api.url))]);
    expect(second).toMatchObject({ code: "ERR_TIMEOUT", phase: "queue" });
  });

  it("bounds credentials that do not come", async () => {
    const { session } = testSession({ retry: false, timeout: "20ms", auth: { scheme: "slow", sign: () => new Promise(() => undefined) } });
    expect(await failureOf(session.get(api.url))).toMatchObject({ code: "ERR_TIMEOUT", phase: "prepare" });
    expect(api.calls).toHaveLength(0);
  });

  it("is repeated for methods that may be, each attempt with a timeout of its own", async () => {
    api.on("GET /").hang({ times: 2 }).reply({ text: "late" });
    const { session } = testSession({ timeout: "80ms" });
    const response = await session.get(api.url);
    expect([response.text(), response.attempts.map((attempt) => attempt.error?.code)]).toEqual([
      "late",
      ["ERR_TIMEOUT", "ERR_TIMEOUT", undefined],
    ]);
  });

  it("asks whether seconds were meant when a small number times out", async () => {
    api.on("GET /").hang();
    const { session } = testSession({ retry: false });
    expect(await failureOf(session.get(api.url, { timeout: 10 }))).toMatchObject({
      hint: 'timeout: 10 is milliseconds; did you mean "10s"?',
    });
    expect(await failureOf(session.get(api.url, { deadline: 10 }))).toMatchObject({
      hint: 'deadline: 10 is milliseconds; did you mean "10s"?',
    });
  });

  it.each([[0], [-1], [Number.NaN], [Infinity], ["10"], ["ten"], ["0s"], [3_000_000_000], [[3, 4, 5]]])(
    "refuses %j before any I/O",
    async (timeout) => {
      const { session } = testSession();
      for (const option of ["timeout", "idleTimeout", "deadline"]) {
        const error = await failureOf(session.get(api.url, { [option]: timeout }));
        expect(error).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_OPTION" });
        expect((error as Error).message).toContain(option);
      }
      expect(api.connections).toBe(0);
    },
  );

  it("is idle time while a stream is being sent", async () => {
    api.on("POST /").reply({ text: "stored" });
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 8; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        yield Buffer.from("x");
      }
    }
    const { session } = testSession({ timeout: "70ms" });
    const response = await session.post(api.url, { body: slow() });
    expect([response.text(), api.calls[0]?.text(), response.elapsedMs > 80]).toEqual(["stored", "xxxxxxxx", true]);
  });

  it("ends an upload whose server stops reading, in the send phase", async () => {
    const wire = await raw(({ socket }) => socket.pause());
    const { session } = testSession({ timeout: "100ms" });
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(64 * 1024);
    }
    expect(await failureOf(session.put(wire.url, { body: endless() }))).toMatchObject({ code: "ERR_TIMEOUT", phase: "send" });
  });
});

describe("connectTimeout", () => {
  it("bounds DNS, TCP and TLS together, and is repeated even for POST, of which nothing was sent", async () => {
    const { session } = testSession({ connectTimeout: "20ms" }, { lookup: silentLookup });
    const error = (await failureOf(session.post("http://slow.test/", { json: {} }))) as TimeoutError;
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", phase: "dns" });
    expect(error.attempts).toHaveLength(3);
    expect(error.message).toMatch(/no connection in time \(resolving the name\)/);
    const silent = await raw(() => undefined);
    const secure = testSession({ connectTimeout: "100ms", retry: false });
    expect(await failureOf(secure.session.get(`https://127.0.0.1:${silent.port}/`))).toMatchObject({ code: "ERR_TIMEOUT", phase: "tls" });
  });
});

describe("deadline", () => {
  it("bounds attempts and waits together and is told in the error", async () => {
    api.on("GET /").hang();
    const { session } = testSession({ timeout: "120ms", retry: { attempts: 20, backoff: "1ms", maxBackoff: "1ms" } });
    const error = (await failureOf(session.get(api.url, { deadline: "320ms" }))) as DeadlineError;
    expect(isDeadlineError(error)).toBe(true);
    expect(error.message).toMatch(
      /did not end within its deadline of 320 ms \(\d attempts in .*: timeout .*, deadline; no further attempt: the deadline passed\)/,
    );
    expect(error.attempts.at(-1)?.stopped).toBe("deadline");
  });

  it("does not begin a wait that would end after it", async () => {
    api.on("GET /").fail(503, { retryAfter: 5 });
    const { session, waits } = testSession();
    const response = await session.get(api.url, { deadline: "2s" });
    expect([response.status, response.attempts[0]?.stopped, waits]).toEqual([503, "deadline", []]);
    expect(response.explain()).toMatch(/the server asked to wait 5 s, but the deadline leaves (2|1\.\d) s/);
  });

  it("bounds redirects, the queue and an upload that makes progress", async () => {
    api.on("GET /hop/:n").reply(async ({ params }) => {
      await new Promise((resolve) => setTimeout(resolve, 15));
      return { status: 302, headers: { location: `/hop/${Number(params["n"]) + 1}` } };
    });
    const { session } = testSession({ maxConnections: 1, retry: false });
    expect(await failureOf(session.get(`${api.url}/hop/1`, { deadline: "60ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
    api.on("GET /hang").hang();
    const held = failureOf(session.get(`${api.url}/hang`, { timeout: "100ms" }));
    expect(await failureOf(session.get(`${api.url}/hang`, { deadline: "30ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
    await held;
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield Buffer.from("x");
      }
    }
    api.on("POST /").reply();
    const startedAt = performance.now();
    expect(await failureOf(session.post(api.url, { body: slow(), deadline: "60ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
    expect(performance.now() - startedAt).toBeLessThan(400);
  });

  it("bounds a stream that is being read", async () => {
    api.on("GET /").drip("x".repeat(500), { everyMs: 5 });
    const { session } = testSession();
    const response = await session.get(api.url, { stream: true, deadline: "120ms" });
    expect(await failureOf(response.text())).toMatchObject({ code: "ERR_DEADLINE" });
  });

  it("bounds a file that does not open, and secrets that do not come", async () => {
    const { session } = testSession();
    const auth = { scheme: "never", sign: () => undefined, refresh: () => new Promise<boolean>(() => undefined) };
    api.on("GET /").reply({ status: 401 });
    expect(await failureOf(session.get(api.url, { auth, deadline: "30ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
  });
});

describe("idleTimeout", () => {
  it("bounds the gap between two bytes of a stream, not its whole length", async () => {
    api.on("GET /steady").drip("steady", { everyMs: 30 });
    const wire = await raw(({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"));
    const { session } = testSession();
    const steady = await session.get(`${api.url}/steady`, { stream: true, timeout: "120ms", idleTimeout: "150ms" });
    expect(await steady.text()).toBe("steady");
    const stalled = await session.get(wire.url, { stream: true, idleTimeout: "30ms" });
    const seen: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const chunk of stalled.body) seen.push(Buffer.from(chunk).toString());
      })(),
    );
    expect([seen, error]).toMatchObject([["half"], { code: "ERR_TIMEOUT", phase: "idle" }]);
    expect((error as Error).message).toMatch(/sent nothing for 0.03 s \(idleTimeout\)/);
  });

  it("does not run while a slow reader keeps the server waiting", async () => {
    const wire = await raw(({ socket }) => socket.write(reply("200 OK", Buffer.alloc(2_000_000, 120))));
    const { session } = testSession();
    const response = await session.get(wire.url, { stream: true, idleTimeout: "80ms" });
    let sizeBytes = 0;
    for await (const chunk of response.body) {
      if (sizeBytes === 0) await new Promise((resolve) => setTimeout(resolve, 120));
      sizeBytes += chunk.byteLength;
    }
    expect(sizeBytes).toBe(2_000_000);
  });

  it("closes a stream that nobody reads, so that its connection is free for others", async () => {
    const wire = await raw(({ socket, index }) =>
      socket.write(index === 0 ? reply("200 OK", Buffer.alloc(2_000_000)) : reply("200 OK", "next")),
    );
    const { session } = testSession({ maxConnections: 1 });
    const forgotten = await session.get(wire.url, { stream: true, idleTimeout: "30ms" });
    expect((await session.get(wire.url)).text()).toBe("next");
    const error = await failureOf(forgotten.text());
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle", hint: "Read a stream to its end, or close() it." });
    expect((error as Error).message).toMatch(/was not read for 0.03 s/);
  });
});

describe("signal", () => {
  const reason = new Error("enough");

  it.each([
    ["before the call", async () => ({ path: "/never", abortAfterMs: -1 })],
    ["while it waits for an answer", async () => ({ path: "/hang", abortAfterMs: 15 })],
    ["while it receives", async () => ({ path: "/drip", abortAfterMs: 15 })],
    ["while it backs off", async () => ({ path: "/busy", abortAfterMs: 15 })],
    ["while a redirect asks it to wait", async () => ({ path: "/later", abortAfterMs: 15 })],
  ])("is honoured %s, with the caller's reason as cause", async (_when, make) => {
    const { path, abortAfterMs } = await make();
    api.on("GET /hang").hang();
    api.on("GET /drip").drip("x".repeat(100));
    api.on("GET /busy").fail(503, { retryAfter: 50 });
    api.on("GET /later").reply({ status: 302, headers: { location: "/never", "retry-after": "50" } });
    const { session } = testSession({}, { sleep: undefined });
    const abort = new AbortController();
    if (abortAfterMs < 0) abort.abort(reason);
    else setTimeout(() => abort.abort(reason), abortAfterMs);
    const startedAt = performance.now();
    const error = (await failureOf(session.get(api.url + path, { signal: abort.signal }))) as AbortError;
    expect(isAbortError(error)).toBe(true);
    expect([error.code, error.cause]).toEqual(["ERR_ABORTED", reason]);
    expect(error.message).toMatch(/was cancelled by the caller/);
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(api.callsTo("GET /never")).toHaveLength(0);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  it("is honoured while the name resolves, in the handshake, in the queue, while it signs and while it sends", async () => {
    const silent = await raw(({ socket }) => socket.pause());
    const listening = await raw(() => undefined);
    api.on("GET /hang").hang();
    const cases: [string, () => Promise<unknown>][] = [
      ["dns", () => testSession({}, { lookup: silentLookup }).session.get("http://slow.test/", { signal: signal() })],
      ["tls", () => testSession().session.get(`https://127.0.0.1:${listening.port}/`, { signal: signal() })],
      [
        "sign",
        () =>
          testSession({ auth: { scheme: "slow", sign: () => new Promise(() => undefined) } }).session.get(api.url, { signal: signal() }),
      ],
      ["send", () => testSession().session.put(silent.url, { body: endless(), signal: signal() })],
      [
        "queue",
        () => {
          const { session } = testSession({ maxConnections: 1 });
          void session.get(`${api.url}/hang`, { timeout: "200ms", retry: false }).then(undefined, () => undefined);
          return session.get(`${api.url}/hang`, { signal: signal() });
        },
      ],
    ];
    for (const [name, call] of cases) expect([name, await failureOf(call())]).toMatchObject([name, { code: "ERR_ABORTED", cause: reason }]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([listening.accepted, listening.open]).toEqual([1, 0]);

    function signal(): AbortSignal {
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), 15);
      return abort.signal;
    }
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(64 * 1024);
    }
  });

  it("ends a stream that is being read, after what had arrived", async () => {
    api.on("GET /").drip("x".repeat(500), { everyMs: 3 });
    const { session } = testSession();
    const abort = new AbortController();
    const response = await session.get(api.url, { stream: true, signal: abort.signal });
    setTimeout(() => abort.abort(reason), 20);
    expect(await failureOf(response.bytes())).toMatchObject({ code: "ERR_ABORTED", cause: reason });
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  it("keeps no listener of 30 calls on a shared signal, streams included", async () => {
    api.on("GET /").reply({ text: "ok" });
    api.on("GET /404").fail(404);
    const { session } = testSession();
    const { signal } = new AbortController();
    for (let i = 0; i < 10; i += 1) {
      await session.get(api.url, { signal });
      await failureOf(session.get(`${api.url}/404`, { signal }).json());
      const stream = await session.get(api.url, { signal, stream: true });
      await stream.text();
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("is never retried, and frees the connection's place", async () => {
    api.on("GET /hang").hang();
    api.on("GET /").reply({ text: "ok" });
    const { session } = testSession({ maxConnections: 1 });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10);
    const error = (await failureOf(session.get(`${api.url}/hang`, { signal: abort.signal }))) as AbortError;
    expect([error.attempts.length, error.cause]).toMatchObject([1, { name: "AbortError" }]);
    expect((await session.get(api.url)).text()).toBe("ok");
  });
});

describe("happy eyeballs", () => {
  it("goes on to the next address when the first refuses", async () => {
    api.on("GET /").reply({ text: "second" });
    const { session } = testSession({}, { lookup: resolveTo({ address: "::1", family: 6 }, { address: "127.0.0.1", family: 4 }) });
    const response = await session.get(`http://two.test:${api.port}/`);
    expect([response.text(), response.attempts.length]).toEqual(["second", 1]);
    expect(api.calls[0]?.headers.host).toBe(`two.test:${api.port}`);
  });

  it("starts the next address after 250 ms while the first stays silent, and lets the first to connect win", async () => {
    api.on("GET /").reply({ text: "second" });
    // A port of loopback whose queue is full never answers a SYN; TEST-NET-1 (RFC 5737) is not routed in the test's network either way.
    const { session } = testSession({}, { lookup: resolveTo({ address: "192.0.2.1", family: 4 }, { address: "127.0.0.1", family: 4 }) });
    const response = await session.get(`http://two.test:${api.port}/`);
    expect(response.text()).toBe("second");
    expect(response.timings.connectMs).toBeLessThan(600);
  });

  it("names every address's fault when none answers, by the most telling code", async () => {
    const { session } = testSession(
      { retry: false },
      { lookup: resolveTo({ address: "::1", family: 6 }, { address: "127.0.0.1", family: 4 }) },
    );
    const error = await failureOf(session.get("http://two.test:1/"));
    expect(error).toMatchObject({ code: "ERR_CONNECTION_REFUSED", cause: { name: "AggregateError", errors: [{}, {}] } });
  });

  it("reports the phases of a fresh connection, and none on a reused one", async () => {
    api.on("GET /").reply({ text: "ok" });
    const { session } = testSession({}, { lookup: resolveTo({ address: "127.0.0.1", family: 4 }) });
    const fresh = (await session.get(`http://one.test:${api.port}/`)).timings;
    expect(Object.keys(fresh).sort()).toEqual(["connectMs", "dnsMs", "receiveMs", "totalMs", "waitMs"]);
    const reused = (await session.get(`http://one.test:${api.port}/`)).timings;
    expect(Object.keys(reused).sort()).toEqual(["receiveMs", "totalMs", "waitMs"]);
    for (const ms of Object.values(fresh)) expect(ms).toBeGreaterThanOrEqual(0);
  });
});
