import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { context, propagation, trace } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { closedPort } from "../../test/raw-server.ts";
import { recordedSpans, traceparent, tracesOf } from "../../test/recorded-spans.ts";
import { failureOf, server, testSession } from "../../test/test-session.ts";
import { awsSigV4 } from "../auth/index.ts";
import { literalSecret } from "../secrets/index.ts";

describe("the trace's headers", () => {
  it("leave alone what the caller wrote", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    const own = "00-11111111111111111111111111111111-2222222222222222-01";
    const baggage = propagation.createBaggage({ tenant: { value: "shop" } });
    await context.with(propagation.setBaggage(context.active(), baggage), async () => {
      await session.get(api.url, { headers: { TraceParent: own } });
      await session.get(api.url, { headers: { baggage: "mine=1" } });
    });
    expect(tracesOf(api.calls)).toEqual([own, expect.stringMatching(/^00-(?!1{32})/)]);
    expect(api.calls.map(({ headers }) => headers["baggage"])).toEqual(["tenant=shop", "mine=1"]);
  });

  it("of a remote parent go on with its tracestate, which is not mixed with another trace's", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    const remote = { traceparent: "00-33333333333333333333333333333333-4444444444444444-01", tracestate: "vendor=1" };
    await context.with(propagation.extract(context.active(), remote), async () => {
      await session.get(api.url);
      await session.get(api.url, { headers: { traceparent: "00-11111111111111111111111111111111-2222222222222222-01" } });
    });
    expect(tracesOf(api.calls)[0]).toMatch(/^00-3{32}-(?!4{16})/);
    expect(api.calls.map(({ headers }) => headers["tracestate"])).toEqual(["vendor=1", undefined]);
  });

  it("are written after signing: a proxy that rewrites them breaks no signature", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const auth = awsSigV4({
      region: "eu-central-1",
      service: "s3",
      accessKeyId: "AKID",
      secretAccessKey: literalSecret("aws-secret-1", "aws"),
    });
    await testSession({ auth, tracing: { tracerProvider } }).session.get(api.url);
    expect(api.calls[0]?.headers.authorization).toMatch(/SignedHeaders=(?!.*traceparent)/);
    expect(tracesOf(api.calls)).toEqual([traceparent(spans()[0])]);
  });

  it("go where propagate lets them", async () => {
    const [inside, outside] = [await server(), await server()];
    inside.on("GET /").redirect(`${outside.url}/`);
    outside.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const propagate = (url: URL): boolean => url.origin === inside.url;
    const { session } = testSession({ tracing: { tracerProvider, propagate } });
    await session.get(inside.url);
    expect([...tracesOf(inside.calls), ...tracesOf(outside.calls)]).toEqual([traceparent(spans()[0]), undefined]);
    await testSession({ tracing: { tracerProvider, propagate: false } }).session.get(outside.url);
    expect([tracesOf(outside.calls), spans().length]).toEqual([[undefined, undefined], 3]);
  });

  it("fail the call with what propagate throws, and leave no span open", async () => {
    const { tracerProvider, spans } = recordedSpans();
    const propagate = (): boolean => {
      throw new RangeError("no idea");
    };
    const { session } = testSession({ tracing: { tracerProvider, propagate } });
    expect(await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`))).toBeInstanceOf(RangeError);
    expect(spans()).toEqual([]);
  });

  it("and spans are kept out where the caller suppresses tracing", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await context.with(suppressTracing(context.active()), () => session.get(api.url));
    expect([spans(), tracesOf(api.calls)]).toEqual([[], [undefined]]);
  });
});

describe("beside other instrumentation", () => {
  it("that of sockets finds tracing suppressed where a connection is opened, and adds no span of its own", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const instrument = (): void => tracerProvider.getTracer("net").startSpan("by net").end();
    subscribe("net.client.socket", instrument);
    onTestFinished(() => void unsubscribe("net.client.socket", instrument));
    expect(channel("net.client.socket").hasSubscribers).toBe(true);
    await testSession().session.get(api.url);
    expect(spans().map(({ name }) => name)).toEqual(["by net"]);
    const { session } = testSession({ tracing: { tracerProvider } });
    await session.get(api.url);
    await session.get(api.url);
    expect(spans().map(({ name }) => name)).toEqual(["by net", "GET", "GET"]);
  });

  it("what a body's source does is traced, as part of the request that sends it", async () => {
    const api = await server();
    api.on("* /").reply({ text: "chunk" });
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    const body = async function* (): AsyncGenerator<string> {
      for (let count = 0; count < 2; count += 1) yield (await session.get(api.url)).text();
    };
    await session.post(api.url, { body: body() });
    const [first, second, upload] = spans();
    expect(upload?.name).toBe("POST");
    expect([first?.parentSpanContext?.spanId, second?.parentSpanContext?.spanId]).toEqual(Array(2).fill(upload?.spanContext().spanId));
    expect(api.callsTo("POST /")[0]?.text()).toBe("chunkchunk");
  });
});

describe("the tracing option", () => {
  it.each([
    [{ tracing: "yes" }, /tracing takes true, false or its options/],
    [{ tracing: null }, /tracing takes/],
    [{ tracing: { tracerProvider: {} } }, /tracing\.tracerProvider takes a TracerProvider/],
    [{ tracing: { propagate: "all" } }, /tracing\.propagate takes/],
    [{ tracing: { provider: 1 } }, /provider is not an option of tracing/],
  ])("refuses %j", (options, message) => {
    expect(() => testSession(options as object)).toThrow(message);
  });

  it("says so when a provider makes no tracers, and belongs to the root of a family", async () => {
    const { session } = testSession({ tracing: { tracerProvider: { getTracer: () => ({}) } } });
    expect(await failureOf(session.get("http://127.0.0.1:1/"))).toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: expect.stringContaining("tracing.tracerProvider gives no tracer"),
    });
    expect(() => session.extend({ tracing: true })).toThrow(/tracing cannot be changed/);
  });

  it("is inherited by extended sessions", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    const { session } = testSession({ tracing: { tracerProvider } });
    await session.extend({ timeout: "1s" }).get(api.url);
    expect(spans()).toHaveLength(1);
  });

  it("off, which it is by default, means no span and no header, whatever is registered", async () => {
    const api = await server();
    api.on("GET /").reply();
    const { tracerProvider, spans } = recordedSpans();
    trace.setGlobalTracerProvider(tracerProvider);
    onTestFinished(() => trace.disable());
    await testSession().session.get(api.url);
    await testSession({ tracing: false }).session.get(api.url);
    expect([spans(), tracesOf(api.calls)]).toEqual([[], [undefined, undefined]]);
  });
});
