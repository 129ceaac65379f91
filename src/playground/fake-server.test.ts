import { execFileSync } from "node:child_process";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeServer, type FakeServer } from "./fake-server.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await fakeServer();
});
afterEach(() => server.close());

const statuses = async (path: string, count: number): Promise<number[]> => {
  const seen: number[] = [];
  for (let call = 0; call < count; call += 1) seen.push((await fetch(server.url + path)).status);
  return seen;
};

/** The code of the error that a request ends with. */
const failure = (url: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error("an answer came"));
    const request = url.startsWith("https:") ? httpsRequest(url, { rejectUnauthorized: false }, fail) : httpRequest(url, fail);
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code)).end();
  });

describe("the script of a route", () => {
  it("takes its steps in order and repeats the last", async () => {
    server
      .on("GET /users")
      .fail(503, { times: 2, retryAfter: 1 })
      .reply({ json: [{ id: 1 }] });
    expect(await statuses("/users", 5)).toEqual([503, 503, 200, 200, 200]);
  });

  it("goes on failing when failing is all it was told", async () => {
    server.on("GET /users").fail(500);
    expect(await statuses("/users", 3)).toEqual([500, 500, 500]);
  });

  it("continues with steps that are added later", async () => {
    server.on("GET /users").reply({ status: 200 });
    expect(await statuses("/users", 2)).toEqual([200, 200]);
    server.on("GET /users").reply({ status: 404 });
    expect(await statuses("/users", 2)).toEqual([404, 404]);
  });

  it("counts concurrent calls in the order of their arrival", async () => {
    server.on("GET /").fail(503, { times: 3 }).reply();
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(server.url)));
    expect(answers.filter((answer) => answer.status === 503)).toHaveLength(3);
  });

  it("lets the route declared last win", async () => {
    server.on("GET /users/me").reply({ text: "me" });
    server.on("GET /users/:id").reply((call) => ({ text: `user ${call.params.id}` }));
    expect(await (await fetch(`${server.url}/users/me`)).text()).toBe("user me");
    server.on("GET /users/me");
    expect(await (await fetch(`${server.url}/users/me`)).text()).toBe("me");
  });

  it("refuses a useless count of times", () => {
    expect(() => server.on("GET /").fail(500, { times: 0 })).toThrow("times is 0");
  });
});

describe("replies", () => {
  it("has JSON, text and bytes with their content types and lengths", async () => {
    server
      .on("GET /")
      .reply({ json: { ä: 1 } })
      .reply({ text: "hé" })
      .reply({ body: Uint8Array.of(0, 255) });
    const json = await fetch(server.url);
    expect([json.headers.get("content-type"), json.headers.get("content-length"), await json.json()]).toEqual([
      "application/json",
      "8",
      { ä: 1 },
    ]);
    const plain = await fetch(server.url);
    expect([plain.headers.get("content-type"), await plain.text()]).toEqual(["text/plain; charset=utf-8", "hé"]);
    const bytes = await fetch(server.url);
    expect([bytes.headers.get("content-type"), await bytes.bytes()]).toEqual([null, Uint8Array.of(0, 255)]);
  });

  it("lets headers replace the implied ones, whatever their case, and repeat", async () => {
    server.on("GET /").reply({ json: {}, headers: { "Content-Type": "application/problem+json", "Set-Cookie": ["a=1", "b=2"] } });
    const answer = await fetch(server.url);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("sends no Content-Length with a 204", async () => {
    server.on("DELETE /users/1").reply({ status: 204 });
    const answer = await fetch(`${server.url}/users/1`, { method: "DELETE" });
    expect([answer.status, answer.headers.get("content-length")]).toEqual([204, null]);
  });

  it("answers HEAD with the headers alone", async () => {
    server.on("HEAD /").reply({ text: "hello" });
    const answer = await fetch(server.url, { method: "HEAD" });
    expect([answer.headers.get("content-length"), await answer.text()]).toEqual(["5", ""]);
  });

  it("calls a handler with the whole request", async () => {
    server.on("POST /echo/:name").reply(async (call) => ({ status: 201, json: { name: call.params.name, sent: call.json() } }));
    const answer = await fetch(`${server.url}/echo/a%20b`, { method: "POST", body: '{"x":1}' });
    expect([answer.status, await answer.json()]).toEqual([201, { name: "a b", sent: { x: 1 } }]);
  });

  it("shows a failing handler as a 500 that says why", async () => {
    server.on("GET /").reply(() => {
      throw new Error("no such user");
    });
    const answer = await fetch(server.url);
    expect([answer.status, await answer.text()]).toEqual([500, "The reply of GET / failed: no such user\n"]);
  });

  it("streams, anew for every call when the stream is a function", async () => {
    server.on("GET /").reply({
      stream: async function* () {
        yield "a";
        yield Buffer.from("b");
      },
    });
    for (let call = 0; call < 2; call += 1) {
      const answer = await fetch(server.url);
      expect([answer.headers.get("transfer-encoding"), await answer.text()]).toEqual(["chunked", "ab"]);
    }
  });

  it("breaks the connection when a stream fails", async () => {
    server.on("GET /").reply({
      stream: async function* () {
        yield "a";
        throw new Error("disk full");
      },
    });
    await expect(fetch(server.url).then((answer) => answer.text())).rejects.toThrow("terminated");
  });

  it("stops a stream when the client leaves", async () => {
    let stopped: (() => void) | undefined;
    const end = new Promise<void>((resolve) => (stopped = resolve));
    server.on("GET /").reply({
      stream: async function* () {
        try {
          for (;;) {
            yield "tick\n";
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        } finally {
          stopped?.();
        }
      },
    });
    const leave = new AbortController();
    const answer = await fetch(server.url, { signal: leave.signal });
    await answer.body?.getReader().read();
    leave.abort();
    await end;
  });

  it("cuts a body short, so that the client misses the rest", async () => {
    server.on("GET /").reply({ text: "0123456789", cutAfterBytes: 4 });
    const response = await new Promise<IncomingMessage>((resolve) => httpRequest(server.url, resolve).end());
    expect(response.headers["content-length"]).toBe("10");
    let received = "";
    response.on("data", (chunk: Buffer) => (received += chunk.toString()));
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => response.on("error", resolve));
    expect([received, error.code]).toEqual(["0123", "ECONNRESET"]);
  });

  it("waits as long as delayMs says", async () => {
    server.on("GET /").reply({ delayMs: 30 });
    const start = performance.now();
    await fetch(server.url);
    expect(performance.now() - start).toBeGreaterThan(28);
  });

  it("refuses two kinds of body", () => {
    expect(() => server.on("GET /").reply({ json: {}, text: "" })).toThrow("json and text");
  });
});

describe("failures", () => {
  it("sends Retry-After in seconds, as a date or as it is", async () => {
    server
      .on("GET /")
      .fail(429, { retryAfter: 2, json: { error: "slow down" } })
      .fail(503, { retryAfter: new Date(Date.UTC(2030, 0, 2, 3, 4, 5)) })
      .fail(503, { retryAfter: "1.5" })
      .fail(503);
    const values: (string | null)[] = [];
    for (let call = 0; call < 4; call += 1) values.push((await fetch(server.url)).headers.get("retry-after"));
    expect(values).toEqual(["2", "Wed, 02 Jan 2030 03:04:05 GMT", "1.5", null]);
  });

  it("gives the error its JSON body", async () => {
    server.on("GET /").fail(422, { json: { error: "name is missing" } });
    expect(await (await fetch(server.url)).json()).toEqual({ error: "name is missing" });
  });

  it("resets the connection after the request was read", async () => {
    server.on("GET /").reset({ times: 2 }).reply();
    expect(await failure(server.url)).toBe("ECONNRESET");
    expect(await failure(server.url)).toBe("ECONNRESET");
    expect((await fetch(server.url)).status).toBe(200);
    expect(server.calls).toHaveLength(3);
  });

  it("hangs until the client gives up", async () => {
    server.on("GET /").hang();
    await expect(fetch(server.url, { signal: AbortSignal.timeout(30) })).rejects.toThrow("timeout");
    expect(server.calls).toHaveLength(1);
  });

  it("ends hanging and delayed calls when it closes", async () => {
    server.on("GET /hang").hang();
    server.on("GET /late").reply({ delayMs: 60_000 });
    const calls = [failure(`${server.url}/hang`), failure(`${server.url}/late`)];
    while (server.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    expect(await Promise.all(calls)).toEqual(["ECONNRESET", "ECONNRESET"]);
  });

  it("drips with a right length and pauses between the chunks", async () => {
    server.on("GET /").drip("abcdef", { chunkBytes: 2, everyMs: 5 });
    const start = performance.now();
    const answer = await fetch(server.url);
    expect(answer.headers.get("content-length")).toBe("6");
    expect(await answer.text()).toBe("abcdef");
    expect(performance.now() - start).toBeGreaterThan(13);
  });

  it("redirects", async () => {
    server.on("GET /a").redirect("/b");
    server.on("GET /b").redirect("/c", 308);
    const first = await fetch(`${server.url}/a`, { redirect: "manual" });
    const second = await fetch(`${server.url}/b`, { redirect: "manual" });
    expect([first.status, first.headers.get("location"), second.status]).toEqual([302, "/b", 308]);
  });

  it("answers early, before the body of the request came", async () => {
    server.on("POST /upload").fail(413, { early: true });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\npartial");
    const first = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    socket.destroy();
    expect(first.toString()).toMatch(/^HTTP\/1\.1 413 /);
    expect(server.calls[0]?.isComplete).toBe(false);
  });
});

describe("what arrived", () => {
  it("keeps method, path, query, headers, body and time", async () => {
    server.on("POST /users").reply({ status: 201 });
    const before = performance.timeOrigin + performance.now();
    await fetch(`${server.url}/users?tag=a&tag=b`, { method: "POST", headers: { "X-Trace": "7" }, body: '{"name":"ä"}' });
    const [call] = server.calls;
    expect(call).toMatchObject({ method: "POST", target: "/users?tag=a&tag=b", path: "/users", route: "POST /users", isComplete: true });
    expect(call?.query.getAll("tag")).toEqual(["a", "b"]);
    expect([call?.headers["x-trace"], call?.text(), call?.bytes().length]).toEqual(["7", '{"name":"ä"}', 13]);
    expect(call?.json()).toEqual({ name: "ä" });
    expect(call?.at).toBeGreaterThanOrEqual(before);
  });

  it("finds calls by pattern, declared or not", async () => {
    server.on("*").reply();
    for (const path of ["/users/1", "/users/2?x=1", "/posts/1"]) await fetch(server.url + path);
    await fetch(`${server.url}/users/1`, { method: "DELETE" });
    expect(server.callsTo("GET /users/:id").map((call) => call.target)).toEqual(["/users/1", "/users/2?x=1"]);
    expect(server.callsTo("/users/1")).toHaveLength(2);
    expect(server.callsTo("POST /users")).toEqual([]);
  });

  it("answers 501 to what no route matches and names the nearest", async () => {
    server.on("GET /users").reply();
    server.on("GET /posts").reply();
    const answer = await fetch(`${server.url}/user?page=2`);
    expect([answer.status, await answer.text()]).toEqual([501, "No route for GET /user?page=2. The nearest is GET /users.\n"]);
    expect(server.calls[0]?.route).toBeUndefined();
  });

  it("answers 501 to a route without a step", async () => {
    server.on("GET /users");
    const answer = await fetch(`${server.url}/users`);
    expect([answer.status, await answer.text()]).toEqual([501, "The route GET /users has no step: add .reply(...) to it.\n"]);
  });

  it("lists a call whose client left in the middle of the body", async () => {
    server.on("POST /").reply();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    while (server.calls[0]?.text() !== "half") await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect(server.calls[0]?.isComplete).toBe(false);
  });

  it("counts connections, not requests", async () => {
    server.on("GET /").reply({ text: "x" });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = (): Promise<string> =>
      new Promise((resolve, reject) =>
        httpRequest(server.url, { agent }, (response) => resolve(text(response)))
          .on("error", reject)
          .end(),
      );
    await get();
    await get();
    expect([server.calls.length, server.connections]).toEqual([2, 1]);
    agent.destroy();
  });
});

describe("over TLS", () => {
  it("serves, resets and closes", async () => {
    const pem = execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "-"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    const key = /-----BEGIN PRIVATE KEY-----[^]*-----END PRIVATE KEY-----/.exec(pem)?.[0] ?? "";
    const cert = /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----/.exec(pem)?.[0] ?? "";
    const secure = await fakeServer({ tls: { key, cert } });
    secure.on("GET /").reset({ times: 1 }).reply({ text: "safe" });
    try {
      expect(await failure(secure.url)).toBe("ECONNRESET");
      const body = await new Promise((resolve, reject) =>
        httpsRequest(secure.url, { rejectUnauthorized: false, agent: false }, (response) => resolve(text(response)))
          .on("error", reject)
          .end(),
      );
      expect([secure.url.slice(0, 8), body, secure.connections]).toEqual(["https://", "safe", 2]);
    } finally {
      await secure.close();
    }
  });
});
