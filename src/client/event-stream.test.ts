import { describe, expect, it } from "vitest";
import { headerIn, reply, type RawExchange } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { ServerSentEvent } from "../body/index.ts";
import { eventStream, eventStreamHeaders, type EventsOptions, type EventStreamContext, type Reconnect } from "./event-stream.ts";
import type { RequestOptions } from "./options.ts";
import type { Session } from "./session.ts";

/**
 * Answers with an event stream that holds this text, then ends, breaks, or stays open. On a connection of its own: one that was used before
 * and breaks without an answer would be taken for an idle one, and replaced unseen.
 */
function stream(text: string, end: "end" | "break" | "open" = "end"): (exchange: RawExchange) => void {
  return ({ socket }) => {
    socket.write(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
    );
    if (text !== "") socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
    if (end === "end") socket.end("0\r\n\r\n");
    if (end === "break") socket.end();
  };
}

const status =
  (line: string, headers?: Readonly<Record<string, string>>) =>
  (exchange: RawExchange): void =>
    void exchange.socket.end(reply(line, "", { connection: "close", ...headers }));
const gone = status("204 No Content");
const drop = ({ socket }: RawExchange): void => void socket.destroy();

interface Script {
  readonly events: (options?: EventsOptions, context?: Partial<EventStreamContext>) => AsyncGenerator<ServerSentEvent>;
  readonly waits: number[];
  readonly reconnects: Reconnect[];
  /** Last-Event-ID of each request. */
  readonly ids: () => (string | undefined)[];
  readonly session: Session;
  readonly url: string;
}

/** A server that gives these answers in turn, and a reader whose waits take no time. */
async function script(...answers: readonly ((exchange: RawExchange) => void)[]): Promise<Script> {
  const server = await raw((exchange) => (answers[exchange.index] ?? gone)(exchange));
  const { session } = testSession({ retry: false });
  const waits: number[] = [];
  const reconnects: Reconnect[] = [];
  let nowMs = 0;
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    nowMs += ms;
  };
  const events: Script["events"] = (options, context) => {
    const request: RequestOptions = { signal: context?.signal };
    const open: EventStreamContext["open"] = (headers) =>
      session.get(server.url, { ...request, headers: { ...eventStreamHeaders, ...headers }, stream: true });
    return eventStream(
      { open, sleep, now: () => nowMs, random: () => 0, ...context },
      { onReconnect: (next) => reconnects.push(next), ...options },
    );
  };
  return { events, waits, reconnects, ids: () => server.heads.map((head) => headerIn(head, "last-event-id")), session, url: server.url };
}

async function collect(events: AsyncIterable<ServerSentEvent>): Promise<string[]> {
  const all: string[] = [];
  for await (const { event, data, id } of events) all.push(`${event === "message" ? "" : `${event}:`}${data}${id === "" ? "" : `#${id}`}`);
  return all;
}

/** What came before the error, and the error. */
async function collectFailing(events: AsyncIterable<ServerSentEvent>): Promise<[data: string[], error: unknown]> {
  const all: string[] = [];
  const error = await failureOf(
    (async () => {
      for await (const { data } of events) all.push(data);
    })(),
  );
  return [all, error];
}

describe("eventStream()", () => {
  it("goes on after the last event when the server ends the stream, until it answers 204", async () => {
    const { events, ids, waits, reconnects } = await script(stream("id: 1\ndata: a\n\n"), stream("data: b\n\nid: 3\ndata: c\n\n"), gone);
    expect(await collect(events())).toEqual(["a#1", "b#1", "c#3"]);
    expect([ids(), waits]).toEqual([
      [undefined, "1", "3"],
      [3000, 3000],
    ]);
    expect(reconnects).toEqual([
      { failures: 0, waitMs: 3000, lastEventId: "1" },
      { failures: 0, waitMs: 3000, lastEventId: "3" },
    ]);
  });

  it("asks for an event stream", async () => {
    const { events, session, url } = await script(gone, gone);
    await collect(events());
    const seen: string[] = [];
    const server = await raw((exchange) => {
      seen.push(String(headerIn(exchange.head, "accept")), String(headerIn(exchange.head, "cache-control")));
      gone(exchange);
    });
    expect(url).not.toBe(server.url);
    await collect(
      eventStream({
        open: () => session.get(server.url, { headers: eventStreamHeaders, stream: true }),
        sleep: async () => undefined,
        now: () => 0,
        random: () => 0,
      }),
    );
    expect(seen).toEqual(["text/event-stream", "no-cache"]);
  });

  it("drops the event it broke in the middle of, and its id, and goes on from the one before", async () => {
    const { events, ids, reconnects } = await script(
      stream("id: 1\ndata: a\n\nid: 2\ndata: half", "break"),
      stream("id: 2\ndata: whole\n\n"),
      gone,
    );
    expect(await collect(events())).toEqual(["a#1", "whole#2"]);
    expect(ids()).toEqual([undefined, "1", "2"]);
    expect(reconnects[0]).toMatchObject({ error: { name: "ConnectionError" }, failures: 0 });
  });

  it("gives an event once when the server repeats it after the reconnection", async () => {
    const { events } = await script(
      stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\n"),
      stream("id: 2\ndata: b\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n"),
      // Not the same: another event with the same data, and one without an id of its own.
      stream("id: 4\ndata: c\n\n"),
      stream("data: c\n\n"),
    );
    expect(await collect(events())).toEqual(["a#1", "b#2", "b#2", "c#3", "c#4", "c#4"]);
  });

  it("does not take events without ids for repeated ones", async () => {
    const { events, ids } = await script(stream("data: tick\n\n"), stream("data: tick\n\n"));
    expect(await collect(events())).toEqual(["tick", "tick"]);
    expect(ids()).toEqual([undefined, undefined, undefined]);
  });

  it("remembers an id that came without data, and forgets it when the server says so", async () => {
    const { events, ids } = await script(stream("id: 7\n\n"), stream("id\ndata: x\n\n"), gone);
    expect(await collect(events())).toEqual(["x"]);
    expect(ids()).toEqual([undefined, "7", undefined]);
  });

  it("starts after an event of an earlier run", async () => {
    const { events, ids } = await script(stream("data: x\n\n"), gone);
    expect(await collect(events({ lastEventId: "41" }))).toEqual(["x#41"]);
    expect(ids()).toEqual(["41", "41"]);
  });

  it("sends ids as UTF-8, and refuses one that no header can hold", async () => {
    const { events, ids } = await script(
      stream("id: é世\ndata: 1\n\n"),
      stream("id:   padded \ndata: 2\n\n"),
      stream("id: a\x01b\ndata: 3\n\n"),
    );
    const [data, error] = await collectFailing(events());
    expect(data).toEqual(["1", "2", "3"]);
    expect(ids()).toEqual([undefined, Buffer.from("é世").toString("latin1"), "padded"]);
    expect(error).toMatchObject({ code: "ERR_DECODE", message: expect.stringContaining("control character") });
  });

  it("waits as long as the server's retry says, with jitter on top, also when the stream breaks", async () => {
    const { events, waits } = await script(stream("retry: 500\n\ndata: a\n\n", "break"), stream("data: b\n\nretry: 40000\n\n"), gone);
    expect(await collect(events(undefined, { random: () => 1 }))).toEqual(["a", "b"]);
    expect(waits).toEqual([750, 55_000]);
  });

  it("waits longer and longer while connections bring nothing, and is quick again after an event", async () => {
    const { events, waits, reconnects } = await script(
      stream("data: a\n\n"),
      drop,
      status("503 Busy"),
      stream(""),
      stream("data: b\n\n"),
      gone,
    );
    expect(await collect(events())).toEqual(["a", "b"]);
    expect(waits).toEqual([3000, 6000, 12_000, 24_000, 3000]);
    expect(reconnects.map(({ failures, status, error }) => [failures, status, error?.code])).toEqual([
      [0, undefined, undefined],
      [1, undefined, "ERR_CONNECTION_CLOSED"],
      [2, 503, undefined],
      [3, undefined, undefined],
      [0, undefined, undefined],
    ]);
  });

  it("does not storm a server that ends every stream at once and asks for no wait", async () => {
    const empty = Array.from({ length: 12 }, () => stream("retry: 0\n\n"));
    const { events, waits } = await script(...empty);
    await collect(events());
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000, 30_000]);
  });

  it("takes a stream that lived for a while without an event for a good one", async () => {
    let nowMs = 0;
    const { events, waits } = await script(({ socket }) => {
      nowMs += 5000;
      stream(": idle\n")({ socket } as RawExchange);
    }, stream(""));
    await collect(events(undefined, { now: () => nowMs }));
    expect(waits).toEqual([3000, 6000]);
  });

  it("never comes back before a Retry-After", async () => {
    const { events, waits } = await script(
      stream("data: a\n\n"),
      status("503 Busy", { "retry-after": "120" }),
      status("429 Slow", { "retry-after": "1" }),
      gone,
    );
    await collect(events());
    expect(waits).toEqual([3000, 120_000, 12_000]);
  });

  it("fails for a status that will not change, at first and later", async () => {
    const first = await script(status("404 Not Found"));
    expect(await collectFailing(first.events())).toMatchObject([[], { name: "HTTPError", status: 404 }]);
    const later = await script(stream("data: a\n\n"), status("403 Forbidden"));
    expect(await collectFailing(later.events())).toMatchObject([["a"], { name: "HTTPError", status: 403 }]);
  });

  it("leaves the first connection to the call's own retries", async () => {
    const busy = await script(status("503 Busy"));
    expect(await collectFailing(busy.events())).toMatchObject([[], { name: "HTTPError", status: 503 }]);
    const broken = await script(({ socket }) => socket.destroy());
    expect(await collectFailing(broken.events())).toMatchObject([[], { name: "ConnectionError" }]);
    expect([busy.waits, broken.waits]).toEqual([[], []]);
  });

  it("names the content type of an answer that is no event stream", async () => {
    for (const [headers, what] of [
      [{ "content-type": "text/html; charset=utf-8" }, 'content type "text/html; charset=utf-8"'],
      [{}, "no content type"],
      [{ "content-type": "text/event-streams" }, 'content type "text/event-streams"'],
    ] as const) {
      const { events, url } = await script(stream("data: a\n\n"), ({ socket }) => socket.write(reply("200 OK", "<html>", headers)));
      const [data, error] = await collectFailing(events());
      expect(data).toEqual(["a"]);
      expect(error).toMatchObject({
        name: "DecodeError",
        code: "ERR_DECODE",
        message: `GET ${url}/: answered 200 with ${what} where text/event-stream is due`,
      });
    }
  });

  it("fails for an event that is too large, and does not come back for it", async () => {
    const { events, ids } = await script(stream(`data: a\n\ndata: ${"x".repeat(100)}\n\n`, "open"));
    expect(await collectFailing(events({ maxEventSize: 50 }))).toMatchObject([["a"], { code: "ERR_DECODE" }]);
    expect(ids()).toHaveLength(1);
  });

  it("gives up after maxFailures, with the error that was the last", async () => {
    const broken = await script(stream("data: a\n\n"), drop, drop);
    expect(await collectFailing(broken.events({ maxFailures: 2 }))).toMatchObject([
      ["a"],
      { name: "ConnectionError", code: "ERR_CONNECTION_CLOSED" },
    ]);
    expect(broken.ids()).toHaveLength(3);
    const empty = await script(stream(""), stream(""));
    expect(await collectFailing(empty.events({ maxFailures: 2 }))).toMatchObject([
      [],
      { message: `GET ${empty.url}/: the event stream ended without an event; 2 connections in a row brought nothing` },
    ]);
    const refused = await script(stream("data: a\n\n"), status("503 Busy"));
    expect(await collectFailing(refused.events({ maxFailures: 1 }))).toMatchObject([
      ["a"],
      { message: expect.stringContaining("the event stream was refused with 503; 1 ") },
    ]);
  });

  it("reads a single stream when told so, or when the request cannot be repeated", async () => {
    const { events, session, url, ids } = await script(stream("data: a\n\n"), stream("data: b\n\n", "break"), stream("data: c\n\n"));
    expect(await collect(events({ reconnect: false }))).toEqual(["a"]);
    expect(await collectFailing(events({ reconnect: false }))).toMatchObject([["b"], { name: "ConnectionError" }]);
    const first = await session.post(url, { stream: true });
    expect(await collect(events(undefined, { open: undefined, first }))).toEqual(["c"]);
    expect(ids()).toHaveLength(3);
  });

  it("goes on from a response that is there already", async () => {
    const { events, session, url, ids } = await script(stream("id: 1\ndata: a\n\n"), stream("id: 2\ndata: b\n\n"));
    const first = await session.get(url, { stream: true });
    expect(await collect(events(undefined, { first }))).toEqual(["a#1", "b#2"]);
    expect(ids()).toEqual([undefined, "1", "2"]);
  });

  it("ends with the caller's abort, while it reads and while it waits", async () => {
    for (const end of ["open", "end"] as const) {
      const abort = new AbortController();
      const { events } = await script(stream("data: a\n\n", end), stream("data: b\n\n"));
      const sleep = async (): Promise<void> => abort.abort(new Error("enough"));
      const iterator = events(undefined, { signal: abort.signal, sleep });
      expect((await iterator.next()).value).toMatchObject({ data: "a" });
      if (end === "open") setTimeout(() => abort.abort(new Error("enough")), 5);
      const error = await failureOf(iterator.next());
      expect(error).toMatchObject({ name: "AbortError", code: "ERR_ABORTED", cause: { message: "enough" } });
      expect(await iterator.next()).toMatchObject({ done: true });
    }
  });

  it("never waits past its deadline, and tells each connection what is left of it", async () => {
    const left: (number | undefined)[] = [];
    const { session, url, waits } = await script(stream("data: a\n\n"), stream("data: b\n\n"), stream("data: c\n\n"));
    let nowMs = 0;
    const context: EventStreamContext = {
      open: (_, remainingMs) => {
        left.push(remainingMs);
        return session.get(url, { stream: true });
      },
      sleep: async (ms) => {
        waits.push(ms);
        nowMs += ms;
      },
      now: () => nowMs,
      random: () => 0,
      deadlineMs: 5000,
    };
    const [data, error] = await collectFailing(eventStream(context));
    expect([data, left, waits]).toEqual([["a", "b"], [5000, 2000], [3000]]);
    expect(error).toMatchObject({
      name: "DeadlineError",
      code: "ERR_DEADLINE",
      message: `GET ${url}/: the event stream ended, and its deadline comes before the next connection (in 3 s)`,
    });
  });

  it("closes the connection when the loop is left", async () => {
    const server = await raw(stream("data: a\n\n", "open"));
    const { session } = testSession();
    for await (const { data } of eventStream({
      open: () => session.get(server.url, { stream: true }),
      sleep: async () => undefined,
      now: () => 0,
      random: () => 0,
    })) {
      expect(data).toBe("a");
      break;
    }
    await expect.poll(() => server.open).toBe(0);
  });

  it("ends with an error of the listener's", async () => {
    const { events } = await script(stream("data: a\n\n"));
    const onReconnect = (): void => {
      throw new Error("mine");
    };
    expect(await collectFailing(events({ onReconnect }))).toMatchObject([["a"], { message: "mine" }]);
  });
});
