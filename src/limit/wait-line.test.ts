import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AbortError, RequestError } from "../errors/index.ts";
import { Cancellation } from "../transport/index.ts";
import { WaitLine, type Waiter } from "./wait-line.ts";

const gaveUp = (): RequestError => new AbortError({ code: "ERR_ABORTED", message: "gave up" });
const wentHome = (): RequestError => new RequestError({ code: "ERR_SESSION_CLOSED", message: "closed" });

describe("WaitLine", () => {
  it("serves in the order of coming", async () => {
    const line = new WaitLine<string>();
    const got: string[] = [];
    const waits = ["a", "b", "c"].map(async (name) => got.push(name + (await line.join(undefined))));
    for (const value of ["1", "2", "3"]) line.serve(value);
    await Promise.all(waits);
    expect([got, line.length]).toEqual([["a1", "b2", "c3"], 0]);
  });

  it.each([0, 1, 2])("lets number %i go with the reason it gave, and serves the others", async (leaver) => {
    const line = new WaitLine<string>();
    const waiters = [new Cancellation(), new Cancellation(), new Cancellation()];
    const waits = Promise.allSettled(waiters.map((waiter) => line.join(waiter)));
    const reason = gaveUp();
    waiters[leaver]!.cancel(reason);
    expect([line.length, waiters[leaver]!.target]).toEqual([2, undefined]);
    line.serve("x");
    line.serve("y");
    const values = (await waits).map((each) => (each.status === "fulfilled" ? each.value : each.reason));
    expect(values.filter((value) => value !== reason)).toEqual(["x", "y"]);
    expect(values[leaver]).toBe(reason);
  });

  it("lets go of a waiter that was served: cancelling it then changes nothing", async () => {
    const line = new WaitLine<string>();
    const waiter = new Cancellation();
    const wait = line.join(waiter);
    line.serve("x");
    expect(waiter.target).toBeUndefined();
    waiter.cancel(gaveUp());
    expect(await wait).toBe("x");
  });

  it("leaves a target alone that is not its own any more", async () => {
    const line = new WaitLine<string>();
    const other = { onCancelled: () => undefined };
    const waiter: Waiter = { reason: undefined, target: undefined };
    const wait = line.join(waiter);
    waiter.target = other;
    line.serve("x");
    await wait;
    expect(waiter.target).toBe(other);
  });

  it("closed, sends everybody away, each with an error of its own, and refuses who comes later", async () => {
    const line = new WaitLine<string>();
    const waits = Promise.allSettled([line.join(undefined), line.join(new Cancellation())]);
    line.close(wentHome);
    const reasons = (await waits).map((each) => (each.status === "rejected" ? (each.reason as RequestError) : undefined));
    expect(reasons.map((reason) => reason?.code)).toEqual(["ERR_SESSION_CLOSED", "ERR_SESSION_CLOSED"]);
    expect(reasons[0]).not.toBe(reasons[1]);
    expect([line.length, line.refusal(undefined)?.code]).toEqual([0, "ERR_SESSION_CLOSED"]);
  });

  it("refuses who gave up before", () => {
    const waiter = new Cancellation();
    const reason = gaveUp();
    waiter.cancel(reason);
    expect(new WaitLine<string>().refusal(waiter)).toBe(reason);
  });

  it("says when the last one left unserved, and only then", () => {
    let emptied = 0;
    const line = new WaitLine<string>(() => (emptied += 1));
    const [one, two] = [new Cancellation(), new Cancellation()];
    for (const waiter of [one, two]) line.join(waiter).catch(() => undefined);
    one.cancel(gaveUp());
    expect(emptied).toBe(0);
    two.cancel(gaveUp());
    expect(emptied).toBe(1);
    void line.join(undefined);
    line.serve("x");
    expect(emptied).toBe(1);
  });

  it("serves, for any sequence of coming, leaving and serving, exactly those that stayed, in order", async () => {
    const step = fc.oneof(
      fc.constant({ kind: "join" as const }),
      fc.constant({ kind: "serve" as const }),
      fc.record({ kind: fc.constant("leave" as const), which: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const line = new WaitLine<void>();
        const standing: { id: number; waiter: Cancellation }[] = [];
        const expected: number[] = [];
        const served: number[] = [];
        let count = 0;
        for (const each of steps) {
          if (each.kind === "join") {
            const id = (count += 1);
            const waiter = new Cancellation();
            standing.push({ id, waiter });
            line.join(waiter).then(
              () => served.push(id),
              () => undefined,
            );
          } else if (each.kind === "serve") {
            const first = standing.shift();
            if (first !== undefined) expected.push(first.id);
            line.serve();
          } else if (standing.length > 0) {
            standing.splice(each.which % standing.length, 1)[0]!.waiter.cancel(gaveUp());
          }
          expect(line.length).toBe(standing.length);
        }
        await new Promise((resolve) => setImmediate(resolve));
        expect(served).toEqual(expected);
      }),
    );
  });

  it("takes no longer for each of a hundred thousand than for each of a few", async () => {
    const line = new WaitLine<void>();
    const waiters = Array.from({ length: 100_000 }, () => new Cancellation());
    const waits = Promise.allSettled(waiters.map((waiter) => line.join(waiter)));
    const reason = gaveUp();
    const startedAt = performance.now();
    for (let index = 1; index < waiters.length; index += 2) waiters[index]!.cancel(reason);
    while (line.length > 0) line.serve();
    // Quadratic, it would be minutes.
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await waits;
  });
});
