import { describe, expect, it } from "vitest";
import { MessageRate } from "./rate-limit.ts";

describe("MessageRate", () => {
  it("allows a burst, then one message a second, per channel", () => {
    let nowMs = 0;
    const rate = new MessageRate({ burst: 2 }, () => nowMs);
    expect([rate.take("a"), rate.take("a"), rate.take("a"), rate.take("b")]).toEqual([0, 0, 1, 0]);
    nowMs = 999;
    expect(rate.take("a")).toBe(1);
    nowMs = 1000;
    expect([rate.take("a"), rate.take("a")]).toEqual([0, 1]);
  });

  it("does not save up more than the burst", () => {
    let nowMs = 0;
    const rate = new MessageRate({ burst: 2 }, () => nowMs);
    rate.take("a");
    nowMs = 60_000;
    expect([rate.take("a"), rate.take("a"), rate.take("a")]).toEqual([0, 0, 1]);
  });

  it("tells a wait that suffices", () => {
    let nowMs = 0;
    const rate = new MessageRate({ perSecond: 0.3, burst: 1 }, () => nowMs);
    rate.take("a");
    const waitSeconds = rate.take("a");
    expect(waitSeconds).toBe(4);
    nowMs = waitSeconds * 1000;
    expect(rate.take("a")).toBe(0);
  });
});
