import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconnectWaitMs } from "./reconnect-wait.ts";

describe("reconnectWaitMs", () => {
  it.each<[retryMs: number | undefined, failures: number, random: number, waitMs: number]>([
    [undefined, 0, 0, 3000],
    [undefined, 0, 1, 4500],
    [undefined, 1, 0, 6000],
    [undefined, 3, 0, 24_000],
    [undefined, 4, 0, 30_000],
    [undefined, 400, 1, 45_000],
    [500, 0, 0, 500],
    [500, 2, 0.5, 2500],
    [0, 0, 1, 0],
    [0, 1, 0, 200],
    [0, 40, 0, 30_000],
    [60_000, 0, 0, 60_000],
    [60_000, 9, 1, 75_000],
    [Number.MAX_SAFE_INTEGER, 0, 1, 2_147_483_647],
  ])("with retry %j after %i failures and jitter %f it is %i ms", (retryMs, failures, random, waitMs) => {
    expect(reconnectWaitMs({ retryMs, failures, random: () => random })).toBe(waitMs);
  });

  it("is never shorter than the server asked for, and never shrinks with a further failure", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(50), fc.double({ min: 0, max: 0.999, noNaN: true }), (retryMs, failures, jitter) => {
        const random = (): number => jitter;
        const waitMs = reconnectWaitMs({ retryMs, failures, random });
        expect(waitMs).toBeGreaterThanOrEqual(retryMs);
        expect(reconnectWaitMs({ retryMs, failures: failures + 1, random })).toBeGreaterThanOrEqual(waitMs);
      }),
    );
  });
});
