import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { context, propagation, SpanStatusCode } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { closedPort, reply } from "../../test/raw-server.ts";
import { recordedSpans } from "../../test/recorded-spans.ts";
import { failureOf, raw, server, testSession } from "../../test/test-session.ts";
import { apiKey, basic } from "../auth/index.ts";
import { CookieJar } from "../cookies/index.ts";
import { literalSecret, openSecret } from "../secrets/index.ts";
import type { RequestMessage } from "../telemetry/index.ts";

interface Told {
  readonly channel: string;
  readonly message: RequestMessage;
  /** As it was then: the object of the start grows until the end. */
  readonly copy: RequestMessage;
}

/** What the channels say until the test ends. */
function listen(channels: readonly string[] = ["start", "end", "error"]): Told[] {
  const told: Told[] = [];
  for (const channel of channels) {
    const listener = (message: unknown): void => {
      told.push({ channel, message: message as RequestMessage, copy: structuredClone(message) as RequestMessage });
    };
    subscribe(`errand:request:${channel}`, listener);
    onTestFinished(() => void unsubscribe(`errand:request:${channel}`, listener));
  }
  return told;
}

describe("the channels errand:request:*", () => {
  it("tell start and end of each request with the conventions' attributes, the same object both times", async () => {
    const api = await server();
    api.on("GET /").fail(503).reply();
    const told = listen();
    await testSession().session.get(api.url);
    expect(told.map(({ channel }) => channel)).toEqual(["start", "end", "start", "end"]);
    const [start, end, , last] = told;
    expect(end?.message).toBe(start?.message);
    expect(start?.copy).toEqual({
      attributes: {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": api.port,
        "url.full": `${api.url}/`,
        "url.scheme": "http",
      },
    });
    expect(end?.copy).toEqual({
      attributes: {
        ...start?.copy.attributes,
        "http.response.status_code": 503,
        "network.protocol.version": "1.1",
        "error.type": "503",
      },
      durationMs: expect.any(Number),
    });
    expect(last?.copy.attributes).toMatchObject({ "http.request.resend_count": 1, "http.response.status_code": 200 });
  });

  it("tell an error in the end's place where there is no whole answer", async () => {
    const told = listen();
    const port = await closedPort();
    await failureOf(testSession({ retry: false }).session.get(`http://127.0.0.1:${port}/`));
    expect(told.map(({ channel }) => channel)).toEqual(["start", "error"]);
    expect(told[1]?.copy).toMatchObject({
      attributes: { "error.type": "ERR_CONNECTION_REFUSED", "server.port": port },
      error: { code: "ERR_CONNECTION_REFUSED", message: expect.stringContaining("nothing listens") },
    });
  });

  it("tell a stream's end as its body ends", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab"));
    const told = listen(["end"]);
    const response = await testSession().session.get(wire.url, { stream: true });
    expect(told).toEqual([]);
    wire.exchanges[0]?.socket.write("cd");
    await response.text();
    expect(told).toHaveLength(1);
  });

  it("can be listened to one by one, and stop with the last listener", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { session } = testSession();
    const seen: unknown[] = [];
    const listener = (message: unknown): void => void seen.push(message);
    subscribe("errand:request:start", listener);
    await session.get(api.url);
    unsubscribe("errand:request:start", listener);
    await session.get(api.url);
    expect(seen).toHaveLength(1);
  });

  it("name an IPv6 host without its brackets, and the scheme's port", async () => {
    const told = listen();
    const { session } = testSession({ retry: false, timeout: 1000, addresses: "public" });
    await failureOf(session.get("https://[::1]/"));
    expect(told.at(-1)?.copy.attributes).toMatchObject({ "server.address": "::1", "server.port": 443, "url.scheme": "https" });
  });
});

/** One value each, so that a leak says which one it was. */
const secrets = {
  header: "tlm-hdr-4f9a77c1e0",
  password: "tlm-pwd-77aa88bb99",
  user: "tlm-usr-abcdef0123",
  key: "tlm-key-1020304050",
  query: "tlm-qry-a1b2c3d4e5",
  signature: "tlm-sig-0011223344",
  path: "tlm-path-99aa88bb77",
  body: "tlm-body-5566778899",
  cookie: "tlm-cookie-1231231",
  fragment: "tlm-frg-4564564564",
};

describe("no secret is told", () => {
  it.each([
    [
      "an answer",
      (socket: { end(data: Buffer): void }) => socket.end(reply("500 Oops", secrets.body, { "set-cookie": `sid=${secrets.cookie}` })),
    ],
    ["a broken connection", (socket: { destroy(): void }) => socket.destroy()],
    ["nonsense", (socket: { end(data: string): void }) => socket.end(`${secrets.header} ${secrets.key}\r\n\r\n`)],
  ])("in spans and channels, with %s", async (_name, answer) => {
    const wire = await raw(({ socket }) => answer(socket));
    const told = listen();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider }, retry: { attempts: 2 } });
    const path = literalSecret(secrets.path, "path");
    const target = new URL(wire.url);
    target.username = secrets.user;
    target.password = secrets.password;
    target.pathname = `/hooks/${secrets.path}`;
    target.search = `?api_key=${secrets.query}&X-Amz-Signature=${secrets.signature}&page=1`;
    target.hash = `#access_token=${secrets.fragment}`;
    const headers = { "X-Secret": literalSecret(secrets.header, "header"), "X-Path": path, Cookie: `sid=${secrets.cookie}` };
    await session.put(target, { headers, json: { password: literalSecret(secrets.body, "body") } }).catch(() => undefined);
    target.username = "";
    target.password = "";
    await session.get(target, { auth: basic(secrets.user, literalSecret(secrets.password, "password")) }).catch(() => undefined);
    await session.get(target, { auth: apiKey("X-Key", literalSecret(secrets.key, "key")) }).catch(() => undefined);
    // Three calls of two attempts, and what replaced a connection that the server had closed.
    expect(spans().length).toBeGreaterThanOrEqual(6);
    expect(told).toHaveLength(2 * spans().length);
    const shown = inspect(
      [spans().map(({ name, attributes, status, events, links }) => ({ name, attributes, status, events, links })), told],
      {
        depth: 9,
      },
    );
    expect(shown).toContain("page=1");
    expect(Object.entries(secrets).filter(([, value]) => shown.includes(value))).toEqual([]);
  });

  it("by the errors of the caller's own code, which leave no span open", async () => {
    const api = await server();
    api.on("GET /").reply({ headers: { "set-cookie": "a=1" } });
    const secret = literalSecret("tlm-own-0a9b8c7d6e", "own");
    class BrokenJar extends CookieJar {
      override store(): void {
        throw new RangeError(`no room for ${openSecret(secret) as string}`);
      }
    }
    const told = listen(["error"]);
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ cookies: new BrokenJar(), tracing: { tracerProvider } });
    expect(await failureOf(session.get(api.url))).toBeInstanceOf(RangeError);
    const attributes = { "http.response.status_code": 200, "error.type": "RangeError" };
    expect(spans()).toMatchObject([{ attributes, status: { code: SpanStatusCode.ERROR, message: "no room for [redacted]" } }]);
    expect(told[0]?.copy).toMatchObject({ attributes, error: { code: "RangeError", message: "no room for [redacted]" } });
  });

  it("though baggage is sent as the application wrote it, it is no attribute", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    const baggage = propagation.createBaggage({ tenant: { value: "tenant-of-the-test" } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => session.get(api.url));
    expect(api.calls[0]?.headers["baggage"]).toBe("tenant=tenant-of-the-test");
    expect(inspect(spans()[0]?.attributes)).not.toContain("tenant-of-the-test");
  });
});
