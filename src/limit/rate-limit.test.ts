import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { AbortError, RequestError } from "../errors/index.ts";
import { Cancellation } from "../transport/index.ts";
import type { Clock } from "./clock.ts";
import { RateLimit } from "./rate-limit.ts";
import { parseRate } from "./rate-option.ts";

/** A clock that stands still until told; its timers can fire early or late. */
class ManualClock implements Clock {
  time = 1000;
  timer: { readonly run: () => void; readonly at: number } | undefined;

  now(): number {
    return this.time;
  }

  schedule(run: () => void, ms: number): () => void {
    if (this.timer !== undefined) throw new Error("a second timer");
    const timer = { run, at: this.time + ms };
    this.timer = timer;
    return () => {
      if (this.timer === timer) this.timer = undefined;
    };
  }

  /** Fires the timer that is set, `skewMs` off its time. */
  fire(skewMs = 0): void {
    const { timer } = this;
    if (timer === undefined) throw new Error("no timer");
    this.timer = undefined;
    this.time = Math.max(this.time, timer.at + skewMs);
    timer.run();
  }
}

const gaveUp = (): RequestError => new AbortError({ code: "ERR_ABORTED", message: "gave up" });

describe("RateLimit", () => {
  it("gives the burst at once and without promises, then one at a time, evenly", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("4/s"), clock);
    const times: number[] = [];
    const turns = Array.from({ length: 7 }, async () => {
      await rate.acquire();
      times.push(clock.time - 1000);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(rate.waiting).toBe(3);
    while (clock.timer !== undefined) {
      clock.fire();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(turns);
    expect(times).toEqual([0, 0, 0, 0, 250, 500, 750]);
  });

  it("with a burst of 1 spaces all of them", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate({ limit: 10, per: "1s", burst: 1 }), clock);
    expect(rate.acquire()).toBeUndefined();
    const turn = rate.acquire();
    expect([turn instanceof Promise, clock.timer?.at]).toEqual([true, 1100]);
    clock.fire();
    await turn;
  });

  it("is full again after a pause, and no fuller than that", () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("3/s"), clock);
    for (let round = 0; round < 2; round += 1) {
      for (let each = 0; each < 3; each += 1) expect(rate.acquire()).toBeUndefined();
      rate.acquire(quitter())?.catch(() => undefined);
      expect(rate.waiting).toBe(1);
      waiters.splice(0).forEach((waiter) => waiter.cancel(gaveUp()));
      clock.time += 60_000;
    }
  });

  it("lets nobody past those who wait, though a token has come in meanwhile", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("1/s"), clock);
    void rate.acquire();
    const got: string[] = [];
    const first = Promise.resolve(rate.acquire()).then(() => got.push("first"));
    clock.time += 1000;
    const second = Promise.resolve(rate.acquire()).then(() => got.push("second"));
    clock.fire();
    await first;
    clock.fire();
    await second;
    expect(got).toEqual(["first", "second"]);
  });

  it("looks again when a timer fires early", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("1/s"), clock);
    void rate.acquire();
    const turn = rate.acquire();
    clock.fire(-0.5);
    expect([rate.waiting, clock.timer !== undefined]).toEqual([1, true]);
    clock.fire();
    await turn;
  });

  it("leaves no timer when the last waiter gives up, and takes no token for it", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("1/s"), clock);
    void rate.acquire();
    const [one, two] = [quitter(), quitter()];
    const turns = Promise.allSettled([rate.acquire(one), rate.acquire(two)]);
    one.cancel(gaveUp());
    expect(clock.timer).toBeDefined();
    two.cancel(gaveUp());
    expect([clock.timer, rate.waiting]).toEqual([undefined, 0]);
    expect((await turns).map((each) => each.status)).toEqual(["rejected", "rejected"]);
    clock.time += 1000;
    expect(rate.acquire()).toBeUndefined();
  });

  it("leaves no timer when nobody waits any more", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("1/s"), clock);
    void rate.acquire();
    const turn = rate.acquire();
    clock.fire();
    await turn;
    expect(clock.timer).toBeUndefined();
  });

  it("refuses somebody who gave up before, and keeps the token", async () => {
    const rate = new RateLimit(parseRate("1/s"), new ManualClock());
    const waiter = quitter();
    const reason = gaveUp();
    waiter.cancel(reason);
    await expect(rate.acquire(waiter)).rejects.toBe(reason);
    expect(rate.acquire()).toBeUndefined();
  });

  it("closed, rejects who waits and who comes, and leaves no timer", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(parseRate("1/s"), clock);
    void rate.acquire();
    const turn = Promise.resolve(rate.acquire());
    rate.close(() => new RequestError({ code: "ERR_SESSION_CLOSED", message: "closed" }));
    await expect(turn).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
    await expect(rate.acquire()).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
    expect(clock.timer).toBeUndefined();
  });

  it("keeps time on a real clock", async () => {
    const rate = new RateLimit(parseRate({ limit: 500, per: "1s", burst: 1 }));
    const startedAt = performance.now();
    for (let each = 0; each < 11; each += 1) await rate.acquire();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(20);
  });

  it("in any stretch of time gives at most the burst and what the rate allows for it, in order, to all who stay", async () => {
    const comer = fc.record({ afterMs: fc.nat(400), givesUpAfterMs: fc.option(fc.nat(1500)) });
    const skews = fc.array(fc.double({ min: -0.9, max: 30, noNaN: true }), { minLength: 1, maxLength: 10 });
    const options = fc.record({
      limit: fc.integer({ min: 1, max: 50 }),
      per: fc.integer({ min: 1, max: 3000 }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(options, fc.array(comer, { maxLength: 40 }), skews, async (option, comers, skewsMs) => {
        const { times, order, dropped } = await simulate(option, comers, skewsMs);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(order.length + dropped).toBe(comers.length);
        for (let first = 0; first < times.length; first += 1) {
          for (let last = first; last < times.length; last += 1) {
            const stretchMs = times[last]! - times[first]! + 0.002;
            expect(last - first + 1).toBeLessThanOrEqual(option.burst + (stretchMs * option.limit) / option.per);
          }
        }
      }),
      { numRuns: timesTheRuns(2) },
    );
  });
});

const waiters: Cancellation[] = [];
afterEach(() => void waiters.splice(0));

function quitter(): Cancellation {
  const waiter = new Cancellation();
  waiters.push(waiter);
  return waiter;
}

interface Comer {
  readonly afterMs: number;
  readonly givesUpAfterMs: number | null;
}

/** Comers, quitters and timers in the order of time; when each was given its token. */
async function simulate(
  option: { limit: number; per: number; burst: number },
  comers: readonly Comer[],
  skewsMs: readonly number[],
): Promise<{ times: number[]; order: number[]; dropped: number }> {
  const clock = new ManualClock();
  const rate = new RateLimit(parseRate(option), clock);
  const [times, order]: [number[], number[]] = [[], []];
  const events: { at: number; act: () => void }[] = [];
  let dropped = 0;
  let at = clock.time;
  for (const [id, { afterMs, givesUpAfterMs }] of comers.entries()) {
    const waiter = new Cancellation();
    at += afterMs;
    const come = async (): Promise<void> => {
      try {
        await rate.acquire(waiter);
      } catch {
        dropped += 1;
        return;
      }
      times.push(clock.time);
      order.push(id);
    };
    events.push({ at, act: () => void come() });
    if (givesUpAfterMs !== null) events.push({ at: at + givesUpAfterMs, act: () => waiter.cancel(gaveUp()) });
  }
  events.sort((a, b) => a.at - b.at);
  for (let turn = 0; events.length > 0 || clock.timer !== undefined; turn += 1) {
    const next = events[0];
    if (next !== undefined && (clock.timer === undefined || next.at <= clock.timer.at)) {
      events.shift();
      clock.time = Math.max(clock.time, next.at);
      next.act();
    } else {
      clock.fire(skewsMs[turn % skewsMs.length]);
    }
    await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => resolve(undefined)))));
  }
  return { times, order, dropped };
}
