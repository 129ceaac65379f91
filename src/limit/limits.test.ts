import { describe, expect, it } from "vitest";
import { AbortError, RequestError } from "../errors/index.ts";
import { Cancellation } from "../transport/index.ts";
import type { Permit } from "./concurrency-limit.ts";
import { Limits } from "./limits.ts";
import { resolveLimits, type LimitOptions } from "./resolve-limits.ts";

function limitsOf(options: LimitOptions) {
  const clock = { time: 0, now: () => clock.time, schedule: (run: () => void, ms: number) => schedule(run, ms) };
  let timer: { readonly run: () => void; readonly at: number } | undefined;
  const schedule = (run: () => void, ms: number): (() => void) => {
    timer = { run, at: clock.time + ms };
    return () => (timer = undefined);
  };
  const policy = resolveLimits(options);
  if (policy === undefined) throw new Error("no limits");
  const fire = async (): Promise<void> => {
    const due = timer;
    timer = undefined;
    clock.time = due?.at ?? clock.time;
    due?.run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { limits: new Limits(policy, clock), clock, fire, hasTimer: () => timer !== undefined };
}

const gaveUp = (): RequestError => new AbortError({ code: "ERR_ABORTED", message: "gave up" });

function now(permit: Permit | Promise<Permit>): Permit {
  if (permit instanceof Promise) throw new Error("had to wait");
  return permit;
}

describe("Limits", () => {
  it("with a rate alone holds back by the rate alone", async () => {
    const { limits, fire } = limitsOf({ rate: "2/s" });
    now(limits.acquire());
    now(limits.acquire());
    const third = limits.acquire();
    expect(limits.waiting).toBe(1);
    await fire();
    (await third).release();
    expect([limits.waiting, limits.breaker]).toEqual([0, undefined]);
  });

  it("with a breaker alone holds nobody back", () => {
    const { limits } = limitsOf({ breaker: true });
    for (let each = 0; each < 100; each += 1) now(limits.acquire());
    expect(limits.breaker?.state("https://api.example.com")).toBe("closed");
  });

  it("takes the rate's token when the place is free, so that a wait for a place saves no tokens up", async () => {
    const { limits, clock, fire } = limitsOf({ concurrency: 1, rate: { limit: 1, per: "1s" } });
    const slow = now(limits.acquire());
    const started: number[] = [];
    const rest = Array.from({ length: 3 }, async () => {
      const permit = await limits.acquire();
      started.push(clock.time);
      permit.release();
    });
    clock.time = 10_000;
    slow.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([10_000]);
    await fire();
    await fire();
    await Promise.all(rest);
    expect(started).toEqual([10_000, 11_000, 12_000]);
  });

  it("gives the place back when the waiter gives up while it waits for the rate", async () => {
    const { limits, clock, hasTimer } = limitsOf({ concurrency: 1, rate: "1/s" });
    now(limits.acquire()).release();
    const waiter = new Cancellation();
    const turn = Promise.resolve(limits.acquire(waiter));
    const reason = gaveUp();
    waiter.cancel(reason);
    await expect(turn).rejects.toBe(reason);
    expect(hasTimer()).toBe(false);
    clock.time = 1000;
    now(limits.acquire());
  });

  it("gives the place back when the waiter gives up between the place and the rate", async () => {
    const { limits, clock } = limitsOf({ concurrency: 1, rate: "2/s" });
    const first = now(limits.acquire());
    const waiter = new Cancellation();
    const turn = Promise.resolve(limits.acquire(waiter));
    const reason = gaveUp();
    first.release();
    waiter.cancel(reason);
    await expect(turn).rejects.toBe(reason);
    clock.time = 0;
    now(limits.acquire());
  });

  it("closed, rejects those in both lines, gives their places back and leaves no timer", async () => {
    const { limits, hasTimer } = limitsOf({ concurrency: 2, rate: "1/s" });
    now(limits.acquire());
    const waits = Promise.allSettled([limits.acquire(), limits.acquire(), limits.acquire()]);
    expect([limits.waiting, hasTimer()]).toEqual([3, true]);
    limits.close(() => new RequestError({ code: "ERR_SESSION_CLOSED", message: "closed" }));
    const reasons = (await waits).map((each) => (each.status === "rejected" ? (each.reason as RequestError) : undefined));
    expect(reasons.map((reason) => reason?.code)).toEqual(["ERR_SESSION_CLOSED", "ERR_SESSION_CLOSED", "ERR_SESSION_CLOSED"]);
    expect(new Set(reasons).size).toBe(3);
    expect([limits.waiting, hasTimer()]).toEqual([0, false]);
    await expect(limits.acquire()).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });
});
