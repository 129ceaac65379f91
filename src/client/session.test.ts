import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeAfterTest, failureOf, raw, testSession } from "../../test/test-session.ts";
import { basic, bearer } from "../auth/index.ts";
import { ConnectionError, type InvalidRequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import type { Middleware } from "./middleware.ts";
import type { RequestOptions, SessionOptions } from "./options.ts";
import { ResponsePromise } from "./response-promise.ts";
import { Session } from "./session.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
  api.on("*").reply({ text: "ok" });
});
afterEach(() => api.close());

describe("a session", () => {
  it("has a method for each of HTTP's, and request() for any", async () => {
    const { session } = testSession({ baseUrl: `${api.url}/v1` });
    for (const call of [
      session.get("/a"),
      session.post("/a"),
      session.put("/a"),
      session.patch("/a"),
      session.delete("/a"),
      session.head("/a"),
      session.options("/a"),
    ]) {
      expect(call).toBeInstanceOf(ResponsePromise);
      await call;
    }
    await session.request("get", "/a");
    await session.request("PURGE", "/a");
    await session.request("QUERY", "/a", { body: "q" });
    expect(api.calls.map((call) => call.method)).toEqual([
      "GET",
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "HEAD",
      "OPTIONS",
      "GET",
      "PURGE",
      "QUERY",
    ]);
    expect(api.calls.every((call) => call.target === "/v1/a")).toBe(true);
  });

  it.each(["", "GET /", "GE\r\nT", "GÉT", "CONNECT", "connect"])("refuses the method %j", async (method) => {
    const { session } = testSession();
    expect(await failureOf(session.request(method, api.url))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it("sends its headers, params and auth with every call, and a call's beat them", async () => {
    const { session } = testSession({
      baseUrl: api.url,
      headers: { "X-A": "1", "X-B": "1", accept: "text/plain" },
      params: { v: 1 },
      auth: bearer("session-token-1"),
    });
    await session.get("/x", { headers: { "x-b": "2", "X-A": null, accept: undefined }, params: { page: 2 } });
    const [call] = api.calls;
    expect([call?.target, call?.headers["x-a"], call?.headers["x-b"], call?.headers.accept, call?.headers.authorization]).toEqual([
      "/x?v=1&page=2",
      undefined,
      "2",
      "text/plain",
      "Bearer session-token-1",
    ]);
    await session.get("/x", { auth: basic("u", "password-1") });
    await session.get("/x", { auth: null });
    await session.get("/x", { headers: { Authorization: "Mine" } });
    expect(api.calls.slice(1).map((each) => each.headers.authorization)).toEqual([
      `Basic ${Buffer.from("u:password-1").toString("base64")}`,
      undefined,
      "Mine",
    ]);
  });

  it("sends one User-Agent, its own unless told otherwise", async () => {
    const { session } = testSession();
    await session.get(api.url);
    await session.get(api.url, { headers: { "user-AGENT": "mine" } });
    await session.get(api.url, { headers: { "User-Agent": null } });
    expect(api.calls.map((call) => call.headers["user-agent"])).toEqual([expect.stringMatching(/^errand\/\d/), "mine", undefined]);
  });

  it("refuses auth and an Authorization header on one level", async () => {
    const { session } = testSession();
    expect(() => new Session({ auth: bearer("token-123456"), headers: { authorization: "x" } })).toThrow(
      /auth and headers.authorization are both given/,
    );
    expect(await failureOf(session.get(api.url, { auth: bearer("token-123456"), headers: { AUTHORIZATION: "x" } }))).toMatchObject({
      code: "ERR_INVALID_OPTION",
    });
    await session.get(api.url, { auth: bearer("token-123456"), headers: { authorization: undefined } });
    expect(await failureOf(session.get(api.url, { auth: "token" as never }))).toMatchObject({
      message: expect.stringMatching(/^auth takes basic\(\)/),
    });
  });

  it("takes credentials from a URL's userinfo, decoded once, and shows them nowhere", async () => {
    const withUser = api.url.replace("//", "//us%20er:p%40ss%3Aword@");
    const { session } = testSession();
    const response = await session.get(withUser);
    const expected = `Basic ${Buffer.from("us er:p@ss:word").toString("base64")}`;
    expect([api.calls[0]?.headers.authorization, api.calls[0]?.headers.host, response.url, response.request.url]).toEqual([
      expected,
      `127.0.0.1:${api.port}`,
      `${api.url}/`,
      `${api.url}/`,
    ]);
    const base = testSession({ baseUrl: withUser }).session;
    await base.get("/x");
    expect(api.calls[1]?.headers.authorization).toBe(expected);
  });

  it("keeps its credentials from an absolute URL off its base", async () => {
    const other = closeAfterTest(await fakeServer());
    other.on("*").reply();
    const { session } = testSession({
      baseUrl: `${api.url}/v1`,
      auth: bearer("session-token-1"),
      headers: { "x-api-key": "k", "x-plain": "p" },
      allowAbsolute: true,
    });
    await session.get(`${other.url}/x`);
    await session.get(`${api.url}/elsewhere`);
    await session.get(`${other.url}/x`, { auth: bearer("call-token-123") });
    expect(other.calls.map((call) => [call.headers.authorization, call.headers["x-api-key"], call.headers["x-plain"]])).toEqual([
      [undefined, undefined, "p"],
      ["Bearer call-token-123", undefined, "p"],
    ]);
    expect(api.calls[0]?.headers.authorization).toBe("Bearer session-token-1");
  });

  it("lets an auth do with its URL as it likes: the calls after it are not changed", async () => {
    const auth = {
      scheme: "vandal",
      sign: (request: { readonly url: URL }) => {
        request.url.pathname = "/elsewhere";
        request.url.searchParams.set("evil", "1");
      },
    };
    const { session } = testSession();
    for (let i = 0; i < 2; i += 1) expect((await session.get(`${api.url}/here`, { auth })).url).toBe(`${api.url}/here`);
    expect(api.calls.map((call) => call.target)).toEqual(["/here", "/here"]);
  });

  it("reads frozen options and getters, once, and does not change them", async () => {
    let reads = 0;
    const options = Object.freeze({
      headers: Object.freeze({ a: "1" }),
      params: Object.freeze({ p: Object.freeze(["1"]) }),
      get timeout() {
        reads += 1;
        return "5s";
      },
    });
    const { session } = testSession();
    await session.get(api.url, options);
    expect([reads, api.calls[0]?.headers["a"], api.calls[0]?.target]).toEqual([1, "1", "/?p=1"]);
  });

  it("shows nothing of itself in inspection and JSON", () => {
    const session = new Session({ headers: { "x-api-key": "key-12345678" }, auth: bearer("token-12345678") });
    expect([inspect(session, { depth: 8, showHidden: true }), JSON.stringify(session)].join("")).not.toMatch(/12345678/);
  });
});

describe("wrong options", () => {
  it.each<[string, unknown, RegExp, RegExp]>([
    ["timeOut", { timeOut: "1s" }, /^timeOut is not an option of a request$/, /Did you mean timeout\?/],
    ["header", { header: {} }, /^header is not an option/, /Did you mean headers\?/],
    ["data", { data: "x" }, /^data is not an option/, /Did you mean body\?/],
    ["verify", { verify: false }, /^verify is not an option/, /There are: .*timeout/],
    ["baseUrl on a call", { baseUrl: "http://x" }, /^baseUrl is not an option of a request$/, /There are/],
    ["a text", "GET", /^the options of a request are a value of type string$/, /They are an object/],
    ["null", null, /^the options of a request are null$/, /They are an object/],
    ["signal", { signal: {} }, /^signal takes an AbortSignal$/, /./],
    ["idempotencyKey", { idempotencyKey: "" }, /^idempotencyKey takes a text or true$/, /./],
    ["retry", { retry: { tries: 3 } }, /^retry\.tries/, /./],
  ])("%s is an error that names it", async (_name, options, message, hint) => {
    const { session } = testSession();
    const error = (await failureOf(session.get(api.url, options as Omit<RequestOptions, "stream">))) as InvalidRequestError;
    expect(error).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_OPTION", message: expect.stringMatching(message) });
    if (error.hint !== undefined) expect(error.hint).toMatch(hint);
    expect(api.connections).toBe(0);
  });

  it.each<[SessionOptions | Record<string, unknown>, RegExp]>([
    [{ base: "http://x" }, /base is not an option of a session/],
    [{ json: 1 }, /json is not an option of a session/],
    [{ tls: { rejectUnauthorized: false } }, /rejectUnauthorized is not an option of a session's tls/],
    [{ tls: { roots: "system" } }, /tls.roots takes "add" or "only"/],
    [{ tls: { verify: "no" } }, /tls.verify takes true or false/],
    [{ addresses: "private" }, /addresses takes "public"/],
    [{ connectTimeout: "0s" }, /connectTimeout takes a duration above 0/],
    [{ baseUrl: "api.example.com" }, /has no scheme/],
    [{ maxResponseSize: -1 }, /maxResponseSize takes a whole number/],
    [{ redirect: { max: 500 } }, /redirect.max/],
    [{ headers: { "bad name": "x" } }, /header name "bad name" is not a token/],
  ])("a session refuses %j", (options, message) => {
    expect(() => new Session(options as SessionOptions)).toThrow(message);
  });
});

describe("a polluted Object.prototype", () => {
  const names = [
    "baseUrl",
    "baseURL",
    "auth",
    "proxy",
    "socketPath",
    "headers",
    "params",
    "query",
    "path",
    "method",
    "body",
    "json",
    "idleTimeout",
    "deadline",
    "retry",
    "stream",
    "fallback",
    "upgrade",
    "reset",
    "until",
    "every",
    "redirect",
    "tls",
    "servername",
    "maxHeaderSize",
  ];

  it("changes nothing", async () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
    try {
      for (const name of names) Object.defineProperty(prototype, name, { value: `polluted-${name}`, configurable: true, writable: true });
      const { session } = testSession({ baseUrl: wire.url });
      const response = await session.get("/x", {});
      expect([response.status, response.text(), response.header("path")]).toEqual([200, "ok", undefined]);
      expect((await session.poll("/x", {})).status).toBe(200);
    } finally {
      for (const name of names) delete prototype[name];
    }
    expect(wire.heads.map((head) => [head.split("\r\n")[0], head.includes("polluted")])).toEqual(
      [1, 2].map(() => ["GET /x HTTP/1.1", false]),
    );
  });
});

describe("extend()", () => {
  it("adds to the parent's options, shares its connections and leaves the parent as it was", async () => {
    const { session } = testSession({ baseUrl: api.url, headers: { a: "1", b: "1" }, params: { p: 1 }, timeout: "5s" });
    const child = session.extend({ headers: { b: "2", a: null }, params: { q: 2 }, auth: bearer("child-token-1") });
    await child.get("/x");
    await session.get("/y");
    expect(api.connections).toBe(1);
    expect(api.calls.map((call) => [call.target, call.headers["a"], call.headers["b"], call.headers.authorization])).toEqual([
      ["/x?p=1&q=2", undefined, "2", "Bearer child-token-1"],
      ["/y?p=1", "1", "1", undefined],
    ]);
  });

  it.each(["connectTimeout", "tls", "maxConnections", "addresses"])("refuses %s, which belongs to the shared connections", (name) => {
    const { session } = testSession();
    expect(() => session.extend({ [name]: "1s" })).toThrow(new RegExp(`${name} cannot be changed by extend\\(\\)`));
  });

  it("shares the retry budget", async () => {
    api.on("GET /503").fail(503);
    const { session } = testSession();
    const children = Array.from({ length: 120 }, () => session.extend({}));
    const responses = await Promise.all(children.map((child) => child.get(`${api.url}/503`)));
    expect(responses.filter((response) => response.attempts.at(-1)?.stopped === "budget").length).toBeGreaterThan(0);
    expect(api.calls.length).toBe(120 + 100);
  });
});

describe("use()", () => {
  it("runs around every attempt and hop, outermost first, and sees Secrets unopened", async () => {
    api.on("GET /start").fail(503).redirect("/end");
    const seen: unknown[] = [];
    const layer =
      (name: string): Middleware =>
      async (request, next) => {
        seen.push([name, request.attempt, request.hop, request.url.pathname, request.header("x-layer"), request.header("authorization")]);
        request.setHeaders({ "X-Layer": name });
        const response = await next(request);
        seen.push([name, response.status]);
        return response;
      };
    const { session } = testSession({ auth: bearer("token-12345678") });
    await session.use(layer("outer")).use(layer("inner")).get(`${api.url}/start`);
    expect(seen).toEqual(
      [
        [1, 0, "/start", 503],
        [2, 0, "/start", 302],
        [2, 1, "/end", 200],
      ].flatMap(([attempt, hop, path, status]) => [
        ["outer", attempt, hop, path, undefined, undefined],
        ["inner", attempt, hop, path, "outer", undefined],
        ["inner", status],
        ["outer", status],
      ]),
    );
    expect(api.calls.map((call) => [call.headers["x-layer"], call.headers.authorization])).toEqual(
      [1, 2, 3].map(() => ["inner", "Bearer token-12345678"]),
    );
  });

  it("may answer itself, replace the response, or replace a failure", async () => {
    const { session } = testSession({ retry: false });
    let spare: Awaited<ReturnType<Parameters<Middleware>[1]>> | undefined;
    session.use(async (request, next) => {
      try {
        return (spare = await next(request));
      } catch (error) {
        if (!(error instanceof ConnectionError) || spare === undefined) throw error;
        return spare;
      }
    });
    await session.get(api.url);
    api.on("GET /reset").reset();
    expect((await session.get(`${api.url}/reset`)).status).toBe(200);
  });

  it("keeps what is known of a failure: it is retried as without middleware", async () => {
    api.on("GET /flaky").reset().reply({ text: "ok" });
    const { session } = testSession();
    const response = await session.use((request, next) => next(request)).get(`${api.url}/flaky`);
    expect([response.text(), response.attempts.length]).toEqual(["ok", 2]);
  });

  it("ends the call with its own errors, unchanged and unrepeated", async () => {
    const { session } = testSession();
    const mine = new TypeError("mine");
    session.use(async () => {
      throw mine;
    });
    expect(await failureOf(session.get(api.url))).toBe(mine);
  });

  it("must return a response", async () => {
    const { session } = testSession();
    session.use((async () => undefined) as never);
    expect(await failureOf(session.get(api.url))).toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: expect.stringMatching(/^a middleware returned nothing instead of a response/),
    });
  });

  it("on a parent does not reach children that were there before", async () => {
    const { session } = testSession();
    session.use((request, next) => {
      request.setHeaders({ "x-early": "1" });
      return next(request);
    });
    const child = session.extend({});
    session.use((request, next) => {
      request.setHeaders({ "x-late": "1" });
      return next(request);
    });
    await child.get(api.url);
    await session.get(api.url);
    expect(api.calls.map((call) => [call.headers["x-early"], call.headers["x-late"]])).toEqual([
      ["1", undefined],
      ["1", "1"],
    ]);
  });
});
