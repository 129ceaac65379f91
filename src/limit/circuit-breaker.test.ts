import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveBreaker, type BreakerOptions, type CircuitChange } from "./breaker-options.ts";
import { CircuitBreaker, type CircuitPass, type OpenCircuit } from "./circuit-breaker.ts";
import type { CircuitVerdict } from "./circuit-verdict.ts";

const api = "https://api.example.com";
const other = "https://other.example.com";

function breakerAt(options: BreakerOptions = {}) {
  const clock = { time: 0, now: () => clock.time };
  const changes: string[] = [];
  const onChange = ({ origin, from, to, calls, failures }: CircuitChange): void => {
    changes.push(`${origin === api ? "api" : "other"} ${from} -> ${to} (${failures}/${calls})`);
  };
  const policy = resolveBreaker({ onChange, ...options });
  if (policy === undefined) throw new Error("off");
  const breaker = new CircuitBreaker(policy, clock);
  const call = (verdict: CircuitVerdict, origin = api): void => passOf(breaker.enter(origin)).settle(verdict);
  const calls = (count: number, verdict: CircuitVerdict): void => {
    for (let each = 0; each < count; each += 1) call(verdict);
  };
  return { breaker, clock, changes, call, calls };
}

function passOf(entry: CircuitPass | OpenCircuit): CircuitPass {
  if (entry.isOpen) throw new Error("open");
  return entry;
}

describe("CircuitBreaker", () => {
  it("opens when half of at least twenty calls fail, and says how many", () => {
    const { breaker, changes, calls } = breakerAt();
    calls(10, "success");
    calls(9, "failure");
    expect([breaker.state(api), breaker.refusal(api)]).toEqual(["closed", undefined]);
    calls(1, "failure");
    expect(breaker.enter(api)).toEqual({ isOpen: true, origin: api, retryAfterMs: 5000, calls: 20, failures: 10 });
    expect([breaker.state(api), changes]).toEqual(["open", ["api closed -> open (10/20)"]]);
  });

  it("stays closed while fewer than twenty calls were made, though all failed", () => {
    const { breaker, calls } = breakerAt();
    calls(19, "failure");
    expect(breaker.state(api)).toBe("closed");
  });

  it("stays closed while less than half fail", () => {
    const { breaker, calls } = breakerAt();
    calls(21, "success");
    calls(20, "failure");
    expect(breaker.state(api)).toBe("closed");
  });

  it("does not open on a success, though it be the twentieth call", () => {
    const { breaker, calls } = breakerAt();
    calls(15, "failure");
    calls(5, "success");
    expect(breaker.state(api)).toBe("closed");
    calls(1, "failure");
    expect(breaker.state(api)).toBe("open");
  });

  it("does not count what says nothing", () => {
    const { breaker, calls } = breakerAt();
    calls(19, "failure");
    calls(100, "ignored");
    expect(breaker.state(api)).toBe("closed");
    calls(1, "failure");
    expect(breaker.refusal(api)).toMatchObject({ calls: 20, failures: 20 });
  });

  it("forgets failures that are more than thirty seconds old", () => {
    const { breaker, clock, calls } = breakerAt();
    calls(19, "failure");
    clock.time = 30_000;
    calls(19, "failure");
    expect(breaker.state(api)).toBe("closed");
  });

  it("keeps a circuit for each origin", () => {
    const { breaker, calls, call, changes } = breakerAt();
    calls(20, "failure");
    call("success", other);
    expect([breaker.state(api), breaker.state(other), changes.length]).toEqual(["open", "closed", 1]);
  });

  it("lets one call through after five seconds, and the others when that one succeeded", () => {
    const { breaker, clock, calls, changes } = breakerAt();
    calls(20, "failure");
    clock.time = 4999;
    expect(breaker.enter(api)).toMatchObject({ isOpen: true, retryAfterMs: 1 });
    clock.time = 5000;
    expect(breaker.refusal(api)).toBeUndefined();
    const probe = passOf(breaker.enter(api));
    expect(breaker.state(api)).toBe("halfOpen");
    expect(breaker.enter(api)).toMatchObject({ isOpen: true, retryAfterMs: 5000 });
    probe.settle("success");
    calls(19, "failure");
    expect(breaker.state(api)).toBe("closed");
    expect(changes).toEqual(["api closed -> open (20/20)", "api open -> halfOpen (20/20)", "api halfOpen -> closed (20/20)"]);
  });

  it("stays open for another five seconds when the probe fails", () => {
    const { breaker, clock, calls, call } = breakerAt();
    calls(20, "failure");
    clock.time = 6000;
    call("failure");
    expect(breaker.enter(api)).toMatchObject({ isOpen: true, retryAfterMs: 5000 });
    clock.time = 11_000;
    call("success");
    expect(breaker.state(api)).toBe("closed");
  });

  it("probes again with the next call when the probe found nothing out", () => {
    const { breaker, clock, calls, call, changes } = breakerAt();
    calls(20, "failure");
    clock.time = 5000;
    call("ignored");
    expect(breaker.state(api)).toBe("halfOpen");
    call("success");
    expect(breaker.state(api)).toBe("closed");
    expect(changes.length).toBe(3);
  });

  it("replaces a probe that hangs, and does not listen to it any more", () => {
    const { breaker, clock, calls } = breakerAt();
    calls(20, "failure");
    clock.time = 5000;
    const hanging = passOf(breaker.enter(api));
    clock.time = 10_000;
    const second = passOf(breaker.enter(api));
    hanging.settle("failure");
    expect(breaker.state(api)).toBe("halfOpen");
    second.settle("success");
    expect(breaker.state(api)).toBe("closed");
  });

  it.each<CircuitVerdict>(["success", "failure"])("does not listen to calls that were under way when it opened (%s)", (late) => {
    const { breaker, clock, calls } = breakerAt();
    const underWay = Array.from({ length: 30 }, () => passOf(breaker.enter(api)));
    calls(20, "failure");
    clock.time = 3000;
    for (const pass of underWay.splice(0, 15)) pass.settle(late);
    expect(breaker.enter(api)).toMatchObject({ isOpen: true, retryAfterMs: 2000 });
    clock.time = 5000;
    const probe = passOf(breaker.enter(api));
    for (const pass of underWay) pass.settle(late);
    expect(breaker.state(api)).toBe("halfOpen");
    probe.settle("success");
    expect(breaker.state(api)).toBe("closed");
  });

  it("counts a call once, however often it is settled", () => {
    const { breaker, calls } = breakerAt();
    calls(18, "failure");
    const pass = passOf(breaker.enter(api));
    for (let each = 0; each < 5; each += 1) pass.settle("failure");
    expect(breaker.state(api)).toBe("closed");
  });

  it("is in its new state when onChange throws, and closes again all the same", () => {
    let isThrowing = true;
    const { breaker, clock, calls, call } = breakerAt({
      onChange: () => {
        if (isThrowing) throw new Error("mine");
      },
    });
    calls(19, "failure");
    expect(() => call("failure")).toThrow("mine");
    expect(breaker.state(api)).toBe("open");
    clock.time = 5000;
    expect(() => breaker.enter(api)).toThrow("mine");
    isThrowing = false;
    clock.time = 10_000;
    call("success");
    expect(breaker.state(api)).toBe("closed");
  });

  it("obeys other numbers", () => {
    const { breaker, clock, calls } = breakerAt({ failureRatio: 1, minimumCalls: 2, window: "1s", openFor: "200ms" });
    calls(1, "failure");
    clock.time = 1000;
    calls(1, "failure");
    expect(breaker.state(api)).toBe("closed");
    calls(1, "failure");
    expect(breaker.enter(api)).toMatchObject({ isOpen: true, retryAfterMs: 200 });
  });

  it("keeps the open circuits of thousands of origins, and forgets the idle ones", () => {
    const { breaker, clock, calls, call } = breakerAt();
    calls(20, "failure");
    for (let each = 0; each < 999; each += 1) call("failure", `https://host-${each}.example.com`);
    clock.time = 60_000;
    for (let each = 0; each < 30; each += 1) call("success", `https://late-${each}.example.com`);
    expect([breaker.state(api), breaker.size]).toEqual(["open", 31]);
    for (let each = 0; each < 19; each += 1) call("failure", "https://host-0.example.com");
    expect(breaker.state("https://host-0.example.com")).toBe("closed");
    call("failure", "https://host-0.example.com");
    expect(breaker.state("https://host-0.example.com")).toBe("open");
  });

  it("for any history lets one call at a time through unless closed, and closes when probes succeed", () => {
    const step = fc.record({
      afterMs: fc.nat(3000),
      verdict: fc.constantFrom<CircuitVerdict>("success", "failure", "failure", "ignored"),
      settlesFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { breaker, clock } = breakerAt({ minimumCalls: 3 });
        let probedAt = Number.NEGATIVE_INFINITY;
        const underWay: { pass: CircuitPass; isProbe: boolean }[] = [];
        const settle = (each: { pass: CircuitPass; isProbe: boolean } | undefined, verdict: CircuitVerdict): void => {
          each?.pass.settle(verdict);
          if (each?.isProbe === true) probedAt = Number.NEGATIVE_INFINITY;
        };
        for (const { afterMs, verdict, settlesFirst } of steps) {
          clock.time += afterMs;
          if (settlesFirst) settle(underWay.shift(), verdict);
          const wasClosed = breaker.state(api) === "closed";
          const entry = breaker.enter(api);
          if (entry.isOpen) {
            expect(wasClosed).toBe(false);
            expect(entry.retryAfterMs).toBeGreaterThan(0);
            expect(entry.retryAfterMs).toBeLessThanOrEqual(5000);
            continue;
          }
          if (!wasClosed) {
            expect(clock.time - probedAt).toBeGreaterThanOrEqual(5000);
            probedAt = clock.time;
          }
          underWay.push({ pass: entry, isProbe: !wasClosed });
        }
        clock.time += 60_000;
        passOf(breaker.enter(api)).settle("success");
        expect(breaker.state(api)).toBe("closed");
      }),
    );
  });
});
