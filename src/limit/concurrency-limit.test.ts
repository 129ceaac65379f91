import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AbortError, RequestError } from "../errors/index.ts";
import { Cancellation } from "../transport/index.ts";
import { ConcurrencyLimit, type Permit } from "./concurrency-limit.ts";

const gaveUp = (): RequestError => new AbortError({ code: "ERR_ABORTED", message: "gave up" });

function now(permit: Permit | Promise<Permit>): Permit {
  if (permit instanceof Promise) throw new Error("had to wait");
  return permit;
}

describe("ConcurrencyLimit", () => {
  it("gives a permit without a promise while one is free", () => {
    const limit = new ConcurrencyLimit(2);
    now(limit.acquire());
    now(limit.acquire());
    const third = limit.acquire();
    expect([third instanceof Promise, limit.running, limit.waiting]).toEqual([true, 2, 1]);
  });

  it("hands a released permit to the first in line, not to somebody who comes at that moment", async () => {
    const limit = new ConcurrencyLimit(1);
    const got: string[] = [];
    const first = now(limit.acquire());
    const second = Promise.resolve(limit.acquire()).then((permit) => (got.push("second"), permit));
    first.release();
    const third = Promise.resolve(limit.acquire()).then((permit) => (got.push("third"), permit));
    (await second).release();
    (await third).release();
    expect([got, limit.running, limit.waiting]).toEqual([["second", "third"], 0, 0]);
  });

  it("counts a permit back once, however often it is released", () => {
    const limit = new ConcurrencyLimit(1);
    const permit = now(limit.acquire());
    permit.release();
    permit.release();
    expect(limit.running).toBe(0);
    now(limit.acquire());
    permit.release();
    expect(limit.running).toBe(1);
  });

  it("forgets a waiter that gives up: the permit goes to the next", async () => {
    const limit = new ConcurrencyLimit(1);
    const first = now(limit.acquire());
    const quitter = new Cancellation();
    const gone = Promise.resolve(limit.acquire(quitter));
    const next = limit.acquire();
    const reason = gaveUp();
    quitter.cancel(reason);
    await expect(gone).rejects.toBe(reason);
    expect(limit.waiting).toBe(1);
    first.release();
    expect([limit.running, limit.waiting]).toEqual([1, 0]);
    (await next).release();
    expect(limit.running).toBe(0);
  });

  it("refuses somebody who gave up before, though a permit is free", async () => {
    const limit = new ConcurrencyLimit(1);
    const quitter = new Cancellation();
    const reason = gaveUp();
    quitter.cancel(reason);
    await expect(limit.acquire(quitter)).rejects.toBe(reason);
    expect(limit.running).toBe(0);
  });

  it("closed, rejects who waits and who comes, and lets those under way go on", async () => {
    const limit = new ConcurrencyLimit(1);
    const permit = now(limit.acquire());
    const waiting = Promise.resolve(limit.acquire());
    limit.close(() => new RequestError({ code: "ERR_SESSION_CLOSED", message: "closed" }));
    await expect(waiting).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
    permit.release();
    await expect(limit.acquire()).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
    expect(limit.running).toBe(0);
  });

  it("never lets more run than the limit, serves in order, and loses nobody but those who gave up", async () => {
    const task = fc.record({ turns: fc.nat(4), givesUpAfter: fc.option(fc.nat(6)) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(task, { maxLength: 25 }), async (size, tasks) => {
        const limit = new ConcurrencyLimit(size);
        const started: number[] = [];
        const dropped: number[] = [];
        let most = 0;
        const runs = tasks.map(async ({ turns, givesUpAfter }, id) => {
          const waiter = new Cancellation();
          if (givesUpAfter !== null) void giveUpAfter(givesUpAfter, waiter);
          let permit: Permit;
          try {
            permit = await limit.acquire(waiter);
          } catch {
            dropped.push(id);
            return;
          }
          started.push(id);
          most = Math.max(most, limit.running);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          permit.release();
        });
        await Promise.all(runs);
        expect(most).toBeLessThanOrEqual(size);
        expect(started).toEqual([...started].sort((a, b) => a - b));
        expect(started.length + dropped.length).toBe(tasks.length);
        expect(dropped.every((id) => tasks[id]!.givesUpAfter !== null)).toBe(true);
        expect([limit.running, limit.waiting]).toEqual([0, 0]);
      }),
    );
  });
});

async function giveUpAfter(turns: number, waiter: Cancellation): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  waiter.cancel(gaveUp());
}
