import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionError, TimeoutError } from "../../../errors/index.ts";
import { KubernetesError } from "../error/kubernetes-error.ts";
import type { KubernetesObject, List } from "../types.ts";
import { KnownObjects } from "./known-objects.ts";
import { WatchBackoff } from "./watch-backoff.ts";
import type { WatchEvent } from "./watch-event.ts";
import { Watch, type Interruption, type WatchEnvironment, type WatchLimits, type WatchSource } from "./watch-objects.ts";

function object(name: string, resourceVersion: string, uid = name): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, uid, resourceVersion } };
}

const added = (name: string, version: string): unknown => ({ type: "ADDED", object: object(name, version) });
const modified = (name: string, version: string): unknown => ({ type: "MODIFIED", object: object(name, version) });
const deleted = (name: string, version: string): unknown => ({ type: "DELETED", object: object(name, version) });
const bookmark = (resourceVersion: string): unknown => ({ type: "BOOKMARK", object: { metadata: { resourceVersion } } });
const errorLine = (code: number, reason: string): unknown => ({
  type: "ERROR",
  object: { kind: "Status", apiVersion: "v1", code, reason },
});

const reset = new ConnectionError({ code: "ERR_CONNECTION_RESET", message: "reset" });
const silence = new TimeoutError({ code: "ERR_TIMEOUT", message: "silence", phase: "idle" });

function refusal(status: number, reason: string, retryAfterSeconds?: number): KubernetesError {
  const body = JSON.stringify({ kind: "Status", apiVersion: "v1", code: status, reason, details: { retryAfterSeconds } });
  return new KubernetesError({
    status,
    statusText: "",
    body,
    request: { method: "GET", url: "https://k/" },
    attempts: [],
    timings: { totalMs: 0 },
    header: () => undefined,
  });
}

/** What one connection gives: lines, then its end; an Error breaks it, a number lets so many ms pass. */
type Stream = readonly unknown[] | Error;

interface Script {
  readonly lists: readonly (readonly KubernetesObject[] | Error)[];
  readonly streams: readonly Stream[];
  readonly limits?: WatchLimits;
}

/** Runs a watch over a script until that is used up; what it did is noted in one row. */
async function run({
  lists,
  streams,
  limits = {},
}: Script): Promise<{ log: string[]; events: WatchEvent<KubernetesObject>[]; error: unknown; closed: number }> {
  const log: string[] = [];
  const events: WatchEvent<KubernetesObject>[] = [];
  const over = new Error("the script is over");
  let nowMs = 0;
  let listed = 0;
  let opened = 0;
  let closed = 0;
  const source: WatchSource = {
    name: "pods",
    list: () => {
      const items = lists[listed];
      listed += 1;
      log.push("list");
      if (items === undefined) return Promise.reject(over);
      if (items instanceof Error) return Promise.reject(items);
      const list: List<KubernetesObject> = { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: `list${listed}` }, items };
      return Promise.resolve(list);
    },
    open: (version) => {
      const stream = streams[opened];
      opened += 1;
      if (stream === undefined) return Promise.reject(over);
      log.push(`watch ${version}`);
      if (stream instanceof Error) return Promise.reject(stream);
      async function* lines(): AsyncGenerator {
        for (const line of stream as readonly unknown[]) {
          if (line instanceof Error) throw line;
          if (typeof line === "number") nowMs += line;
          else yield line;
        }
      }
      return Promise.resolve({
        lines: lines(),
        close: () => {
          closed += 1;
          return Promise.resolve();
        },
      });
    },
  };
  const environment: WatchEnvironment = {
    now: () => nowMs,
    random: () => 0,
    sleep: (ms) => {
      log.push(`wait ${ms}`);
      nowMs += ms;
      return Promise.resolve();
    },
  };
  try {
    for await (const event of new Watch(source, limits, environment).events()) {
      events.push(event);
      log.push(`${event.type} ${event.object.metadata.name}${event.isResync === true ? " (resync)" : ""}`);
    }
  } catch (error) {
    return { log, events, error: error === over ? undefined : error, closed };
  }
  throw new Error("a watch does not end by itself");
}

describe("a watch", () => {
  it("tells what is there, then what changes, from the list's version on", async () => {
    const { log } = await run({ lists: [[object("a", "1")]], streams: [[added("b", "2"), modified("a", "3"), deleted("b", "4")]] });
    expect(log).toEqual(["list", "ADDED a", "watch list1", "ADDED b", "MODIFIED a", "DELETED b"]);
  });

  it("goes on from the last event when the server closes it, without a pause after events", async () => {
    const { log, closed } = await run({ lists: [[]], streams: [[added("a", "5")], [modified("a", "6")]] });
    expect(log).toEqual(["list", "watch list1", "ADDED a", "watch 5", "MODIFIED a"]);
    expect(closed).toBe(2);
  });

  it("goes on from a bookmark, which is not told", async () => {
    const { log } = await run({ lists: [[]], streams: [[bookmark("9"), 300_000], []] });
    expect(log).toEqual(["list", "watch list1", "watch 9", "wait 800"]);
  });

  it.each<[string, Stream]>([
    ["an ERROR event after 200", [errorLine(410, "Expired")]],
    ["an HTTP answer", refusal(410, "Expired")],
  ])("lists anew after 410 as %s, and tells what it missed", async (_, gone) => {
    const before = [object("kept", "1"), object("changed", "1"), object("gone", "1"), object("remade", "1", "first")];
    const after = [object("kept", "1"), object("changed", "2"), object("remade", "3", "second"), object("new", "3")];
    const { log, events } = await run({ lists: [before, after], streams: [gone, []] });
    expect(log).toEqual([
      "list",
      ...before.map(({ metadata }) => `ADDED ${metadata.name}`),
      "watch list1",
      "list",
      "DELETED gone (resync)",
      "DELETED remade (resync)",
      "MODIFIED changed (resync)",
      "ADDED remade (resync)",
      "ADDED new (resync)",
      "watch list2",
      "wait 800",
    ]);
    expect(events.find(({ type, object: { metadata } }) => type === "DELETED" && metadata.name === "remade")?.object.metadata.uid).toBe(
      "first",
    );
  });

  it("pauses when the list that follows a 410 is gone at once as well", async () => {
    const gone = [errorLine(410, "Expired")];
    const { log } = await run({ lists: [[], [], []], streams: [gone, gone, []] });
    expect(log).toEqual(["list", "watch list1", "list", "watch list2", "wait 800", "list", "watch list3", "wait 1600"]);
  });

  it("lists anew after any other ERROR, after a pause", async () => {
    const { log } = await run({ lists: [[], []], streams: [[errorLine(500, "InternalError")], [added("a", "2")]] });
    expect(log).toEqual(["list", "watch list1", "wait 800", "list", "watch list2", "ADDED a"]);
  });

  it("takes a broken connection up again after a growing pause, which only an event makes short again", async () => {
    const broken = [reset];
    const streams = [broken, broken, [bookmark("7"), reset], [added("a", "8"), reset], broken];
    const { log } = await run({ lists: [[]], streams });
    expect(log).toEqual([
      "list",
      "watch list1",
      "wait 800",
      "watch list1",
      "wait 1600",
      "watch list1",
      "wait 3200",
      "watch 7",
      "ADDED a",
      "wait 800",
      "watch 8",
      "wait 1600",
    ]);
  });

  it("looks again at once when a quiet connection falls silent", async () => {
    const { log } = await run({ lists: [[]], streams: [[90_000, silence], [added("a", "2")]] });
    expect(log).toEqual(["list", "watch list1", "watch list1", "ADDED a"]);
  });

  it("waits as long as an overloaded server asks", async () => {
    const { log } = await run({ lists: [[]], streams: [refusal(429, "TooManyRequests", 12), []] });
    expect(log).toEqual(["list", "watch list1", "wait 12000", "watch list1", "wait 1600"]);
  });

  it("ends at once with what another try would not mend", async () => {
    const forbidden = refusal(403, "Forbidden");
    expect((await run({ lists: [forbidden], streams: [] })).error).toBe(forbidden);
    expect((await run({ lists: [[]], streams: [forbidden] })).error).toBe(forbidden);
  });

  it("does not begin on a server that cannot be reached", async () => {
    expect((await run({ lists: [reset], streams: [] })).error).toBe(reset);
  });

  it("gives up after giveUpAfter, and says for how long and why", async () => {
    const streams: Stream[] = Array.from({ length: 40 }, () => reset);
    const { error, log } = await run({ lists: [[]], streams, limits: { giveUpAfter: "1m" } });
    expect(error).toMatchObject({ code: "ERR_KUBERNETES_WATCH", cause: reset });
    expect(String(error)).toMatch(/the watch of pods has been interrupted for 1 min .*because reset/);
    expect(log.filter((entry) => entry.startsWith("wait"))).toEqual([
      "wait 800",
      "wait 1600",
      "wait 3200",
      "wait 6400",
      "wait 12800",
      "wait 25600",
      "wait 30000",
    ]);
  });

  it("does not count interruptions against each other when it was well in between", async () => {
    const streams: Stream[] = Array.from({ length: 40 }, () => [31_000, reset]);
    expect((await run({ lists: [[]], streams, limits: { giveUpAfter: "1m" } })).error).toBeUndefined();
  });

  it("tells of each interruption", async () => {
    const told: Interruption[] = [];
    await run({
      lists: [[], []],
      streams: [[reset], [errorLine(410, "Expired")], []],
      limits: { onInterruption: (each) => told.push(each) },
    });
    expect(told).toMatchObject([
      { reason: "the connection broke: reset", waitMs: 800, relists: false, error: reset },
      { reason: "the resource version has expired", waitMs: 0, relists: true },
      { reason: "the server closed the watch", waitMs: 1600, relists: false },
    ]);
  });

  it("ends with the caller's reason when it is cancelled", async () => {
    const abort = new AbortController();
    const limits: WatchLimits = { signal: abort.signal, onInterruption: () => abort.abort(new Error("enough")) };
    const { error } = await run({ lists: [[]], streams: [[reset]], limits });
    expect(error).toMatchObject({ code: "ERR_ABORTED", cause: new Error("enough") });
  });

  it("skips lines it does not know", async () => {
    const { log } = await run({
      lists: [[]],
      streams: [[{ type: "LATER", object: object("x", "1") }, "text", null, { type: "ADDED", object: {} }, added("a", "2")]],
    });
    expect(log).toEqual(["list", "watch list1", "ADDED a"]);
  });

  it("ends its connection when the loop is left", async () => {
    let closed = 0;
    const source: WatchSource = {
      name: "pods",
      list: () => Promise.resolve({ apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: "1" }, items: [] }),
      open: () =>
        Promise.resolve({
          lines: (async function* () {
            yield added("a", "2");
          })(),
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        }),
    };
    const environment: WatchEnvironment = { now: () => 0, random: () => 0, sleep: () => Promise.reject(new Error("no pause is due")) };
    for await (const _ of new Watch(source, {}, environment).events()) break;
    expect(closed).toBe(1);
  });
});

describe("WatchBackoff", () => {
  it("waits 0.8 to 30 s, longer each time, whatever chance says", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 12, maxLength: 12 }), (chances) => {
        let index = 0;
        const backoff = new WatchBackoff(() => chances[index++] ?? 0);
        chances.forEach((chance, failures) => {
          const base = Math.min(30_000, 800 * 2 ** failures);
          expect(backoff.nextMs()).toBe(Math.min(30_000, base * (1 + chance)));
        });
        backoff.reset();
        expect(backoff.nextMs()).toBe(800);
      }),
    );
  });
});

describe("KnownObjects", () => {
  it("leads from any state to any list", () => {
    const uid = fc.constantFrom("a", "b", "c", "d");
    const items = fc.uniqueArray(fc.record({ uid, version: fc.constantFrom("1", "2") }), { selector: (item) => item.uid });
    fc.assert(
      fc.property(items, items, (before, after) => {
        const known = new KnownObjects();
        const toObjects = (list: typeof before) => list.map((item) => object(item.uid, item.version));
        const first = [...known.replace(toObjects(before), false)];
        expect(first.every((event) => event.type === "ADDED" && event.isResync === undefined)).toBe(true);
        const state = new Map<string, string>(before.map((item) => [item.uid, item.version]));
        for (const { type, object: each } of known.replace(toObjects(after), true)) {
          expect(state.has(each.metadata.uid)).toBe(type !== "ADDED");
          if (type === "DELETED") state.delete(each.metadata.uid);
          else state.set(each.metadata.uid, each.metadata.resourceVersion);
        }
        expect(state).toEqual(new Map(after.map((item) => [item.uid, item.version])));
        expect([...known.replace(toObjects(after), true)]).toEqual([]);
      }),
    );
  });
});
