import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingWindow } from "./sliding-window.ts";

describe("SlidingWindow", () => {
  it("forgets slice by slice what is older than its length", () => {
    const window = new SlidingWindow(1000);
    window.add(true, 0);
    window.add(false, 950);
    expect(window.count(999)).toEqual({ calls: 2, failures: 1 });
    expect(window.count(1000)).toEqual({ calls: 1, failures: 0 });
    expect(window.count(1899)).toEqual({ calls: 1, failures: 0 });
    expect(window.count(1900)).toEqual({ calls: 0, failures: 0 });
  });

  it("counts everything of the last nine tenths and nothing older than the whole", () => {
    const event = fc.record({ afterMs: fc.nat(700), isFailure: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat(3000), (events, restMs) => {
        const window = new SlidingWindow(1000);
        let nowMs = 0;
        const past = events.map(({ afterMs, isFailure }) => {
          nowMs += afterMs;
          window.add(isFailure, nowMs);
          return { at: nowMs, isFailure };
        });
        nowMs += restMs;
        const { calls, failures } = window.count(nowMs);
        const since = (ms: number): typeof past => past.filter(({ at }) => at > nowMs - ms);
        expect(calls).toBeGreaterThanOrEqual(since(900).length);
        expect(calls).toBeLessThanOrEqual(since(1000).length);
        expect(failures).toBeGreaterThanOrEqual(since(900).filter((each) => each.isFailure).length);
        expect(failures).toBeLessThanOrEqual(since(1000).filter((each) => each.isFailure).length);
      }),
    );
  });
});
