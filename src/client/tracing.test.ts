import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestAuthority } from "../../test/certificates.ts";
import { closedPort, reply } from "../../test/raw-server.ts";
import { recordedSpans, traceparent, tracesOf } from "../../test/recorded-spans.ts";
import { failureOf, raw, server, testSession } from "../../test/test-session.ts";
import { oauth2ClientCredentials } from "../auth/index.ts";
import { literalSecret } from "../secrets/index.ts";
import { version } from "./version.ts";

const error = SpanStatusCode.ERROR;
const isUnset = { code: SpanStatusCode.UNSET };

describe("the span of a request", () => {
  it("is a client span with the conventions' attributes, and its context arrives at the server", async () => {
    const api = await server();
    api.on("GET /users").reply({ json: [] });
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await session.get(`${api.url}/users?page=2`);
    const [span] = spans();
    expect(span).toMatchObject({ name: "GET", kind: SpanKind.CLIENT, status: isUnset, events: [] });
    expect(span?.instrumentationScope).toMatchObject({ name: "errand", version });
    expect(span?.attributes).toEqual({
      "http.request.method": "GET",
      "server.address": "127.0.0.1",
      "server.port": api.port,
      "url.full": `${api.url}/users?page=2`,
      "url.scheme": "http",
      "http.response.status_code": 200,
      "network.protocol.version": "1.1",
    });
    expect(tracesOf(api.calls)).toEqual([traceparent(span)]);
  });

  it("is of the registered provider with tracing: true, also where the session was made before it", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: true });
    await session.get(api.url);
    expect([spans(), tracesOf(api.calls)]).toEqual([[], [undefined]]);
    trace.setGlobalTracerProvider(tracerProvider);
    onTestFinished(() => trace.disable());
    await session.get(api.url);
    expect(spans()).toHaveLength(1);
  });

  it("is a child of the caller's active span, which is active again afterwards", async () => {
    const api = await server();
    api.on("GET /").fail(503).reply();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await tracerProvider.getTracer("the caller").startActiveSpan("sync users", async (parent) => {
      await session.get(api.url);
      expect(trace.getActiveSpan()).toBe(parent);
      parent.end();
    });
    const [first, second, parent] = spans();
    expect([first?.parentSpanContext?.spanId, second?.parentSpanContext?.spanId]).toEqual(Array(2).fill(parent?.spanContext().spanId));
    expect(parent?.name).toBe("sync users");
  });

  it("says over which version of HTTP the answer came", async () => {
    const authority = await TestAuthority.create("Errand Test Root");
    const received: unknown[] = [];
    const peer = createSecureServer(await authority.issue({ name: "localhost" }), (request, response) => {
      received.push(request.headers["traceparent"]);
      response.end();
    });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void peer.close());
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider }, tls: { ca: authority.cert } });
    await session.get(`https://localhost:${(peer.address() as AddressInfo).port}/`);
    expect(spans()[0]?.attributes).toMatchObject({ "network.protocol.version": "2", "server.address": "localhost", "url.scheme": "https" });
    expect(received).toEqual([traceparent(spans()[0])]);
  });

  it("is named HTTP, with the method beside, where the conventions do not know it", async () => {
    const api = await server();
    api.on("* /").reply();
    const { tracerProvider, spans, attributes } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await session.request("PURGE", api.url);
    await session.request("QUERY", api.url);
    expect(spans().map(({ name }) => name)).toEqual(["HTTP", "QUERY"]);
    expect(attributes()[0]).toMatchObject({ "http.request.method": "_OTHER", "http.request.method_original": "PURGE" });
    process.env["OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"] = "GET, PURGE";
    onTestFinished(() => void delete process.env["OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"]);
    await session.request("PURGE", api.url);
    expect(attributes()[2]).toMatchObject({ "http.request.method": "PURGE" });
  });
});

describe("one span for each request on the wire", () => {
  it("of a redirect, with each hop's URL and the count of what went before", async () => {
    const api = await server();
    api.on("POST /old").redirect("/new", 307);
    api.on("POST /new").reply({ status: 201 });
    const { tracerProvider, spans, attributes } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await session.post(`${api.url}/old`, { json: { a: 1 } });
    expect(attributes()).toMatchObject([
      { "url.full": `${api.url}/old`, "http.response.status_code": 307 },
      { "url.full": `${api.url}/new`, "http.response.status_code": 201, "http.request.resend_count": 1 },
    ]);
    expect(attributes()[0]).not.toHaveProperty(["http.request.resend_count"]);
    expect(spans().map(({ name, status }) => [name, status])).toEqual([
      ["POST", isUnset],
      ["POST", isUnset],
    ]);
    expect(tracesOf(api.calls)).toEqual(spans().map(traceparent));
  });

  it("of retries, each with a traceparent of its own in the same trace", async () => {
    const api = await server();
    api.on("GET /").fail(503).reset().reply();
    const { tracerProvider, spans, attributes } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await tracerProvider.getTracer("the caller").startActiveSpan("all", async (parent) => {
      await session.get(api.url);
      parent.end();
    });
    const requests = spans().slice(0, 3);
    expect(
      attributes()
        .slice(0, 3)
        .map((each) => [each["http.request.resend_count"], each["error.type"]]),
    ).toEqual([
      [undefined, "503"],
      [1, "ERR_CONNECTION_RESET"],
      [2, undefined],
    ]);
    expect(new Set(tracesOf(api.calls)).size).toBe(3);
    expect(tracesOf(api.calls)).toEqual(requests.map(traceparent));
    expect(new Set(requests.map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it("of a stale connection and the one that replaced it", async () => {
    const wire = await raw(({ socket, indexOnConnection }) => {
      if (indexOnConnection === 0) socket.write(reply("200 OK", "ok"));
      else socket.destroy();
    });
    const { tracerProvider, attributes } = recordedSpans();
    const { session } = testSession({ retry: false, tracing: { tracerProvider } });
    await session.get(wire.url);
    const healed = await session.get(wire.url);
    expect(healed.attempts).toHaveLength(1);
    expect(attributes()).toMatchObject([
      { "http.response.status_code": 200 },
      { "error.type": expect.stringMatching(/^ERR_CONNECTION_(CLOSED|RESET)$/) },
      { "http.response.status_code": 200, "http.request.resend_count": 1 },
    ]);
  });

  it("of a token's request: beside the call's, not inside, and outside its duration", async () => {
    const api = await server();
    api.on("POST /token").reply({ json: { access_token: "token-of-the-test", expires_in: 60 } });
    api.on("GET /").reply();
    const { tracerProvider, spans, attributes } = recordedSpans();
    const auth = oauth2ClientCredentials({
      tokenUrl: `${api.url}/token`,
      clientId: "me",
      clientSecret: literalSecret("client-secret-1", "client"),
    });
    const { session } = testSession({ auth, tracing: { tracerProvider } });
    await session.get(api.url);
    expect(attributes().map((each) => each["url.full"])).toEqual([`${api.url}/token`, `${api.url}/`]);
    expect(spans().map((span) => span.parentSpanContext)).toEqual([undefined, undefined]);
  });
});

describe("a request that failed", () => {
  it.each([404, 500])("with %i is an error without words: the status says it", async (status) => {
    const api = await server();
    api.on("GET /").reply({ status });
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ retry: false, tracing: { tracerProvider } });
    await session.get(api.url);
    expect(spans()).toMatchObject([
      { status: { code: error }, attributes: { "error.type": String(status), "http.response.status_code": status } },
    ]);
    expect(spans()[0]?.status.message).toBeUndefined();
  });

  it("without an answer has errand's code and message: refused, timed out, aborted", async () => {
    const api = await server();
    api.on("GET /").hang();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ retry: false, tracing: { tracerProvider } });
    await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`));
    await failureOf(session.get(api.url, { timeout: 20 }));
    await failureOf(session.get(api.url, { signal: AbortSignal.timeout(20) }));
    expect(spans().map(({ attributes, status }) => [attributes["error.type"], status.code])).toEqual([
      ["ERR_CONNECTION_REFUSED", error],
      ["ERR_TIMEOUT", error],
      ["ERR_ABORTED", error],
    ]);
    expect(spans()[0]?.status.message).toContain("nothing listens at");
    for (const { attributes, events } of spans()) {
      expect(attributes).not.toHaveProperty(["http.response.status_code"]);
      expect(events).toEqual([]);
    }
  });

  it("in its body keeps the status it had", async () => {
    const api = await server();
    api.on("GET /").reply({ text: "no gzip at all", headers: { "content-encoding": "gzip" } });
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ retry: false, tracing: { tracerProvider } });
    await failureOf(session.get(api.url));
    expect(spans()).toMatchObject([
      { status: { code: error }, attributes: { "http.response.status_code": 200, "error.type": "ERR_DECODE" } },
    ]);
  });

  it("before it was sent has no span: there was no request", async () => {
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    const auth = { scheme: "broken", sign: () => Promise.reject(new Error("no key")) };
    await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`, { auth }));
    expect(spans()).toEqual([]);
  });
});

describe("the span of a stream", () => {
  it("ends with the body, not with the headers", async () => {
    const wire = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab"));
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    const response = await session.get(wire.url, { stream: true });
    expect([response.status, spans()]).toEqual([200, []]);
    wire.exchanges[0]?.socket.write("cd");
    expect(await response.text()).toBe("abcd");
    expect(spans()).toMatchObject([{ status: isUnset, attributes: { "http.response.status_code": 200 } }]);
  });

  it("ends without an error when its reader leaves, with one when it breaks", async () => {
    const wire = await raw(({ socket, index }) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
      if (index === 1) socket.end();
    });
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await (await session.get(wire.url, { stream: true })).close();
    expect(spans()).toMatchObject([{ status: isUnset }]);
    await failureOf((await session.get(wire.url, { stream: true })).text());
    expect(spans()[1]).toMatchObject({
      status: { code: error },
      attributes: { "http.response.status_code": 200, "error.type": "ERR_BODY_TRUNCATED" },
    });
  });
});
