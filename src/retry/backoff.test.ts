import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

describe("backoffMs", () => {
  it("doubles the span with each retry up to the cap", () => {
    const spans = [1, 2, 3, 4, 8, 9, 100].map((retry) => backoffMs({ retry, baseMs: 200, capMs: 20_000, random: () => 1 }));
    expect(spans).toEqual([200, 400, 800, 1600, 20_000, 20_000, 20_000]);
  });

  it("takes a random share of the whole span, from nothing on", () => {
    expect(backoffMs({ retry: 1, baseMs: 200, capMs: 20_000, random: () => 0 })).toBe(0);
    expect(backoffMs({ retry: 1, baseMs: 200, capMs: 20_000, random: () => 0.25 })).toBe(50);
  });

  it("keeps half of the span for sure where asked to", () => {
    const waits = [0, 0.5, 1].map((share) => backoffMs({ retry: 2, baseMs: 200, capMs: 20_000, random: () => share, waitsHalf: true }));
    expect(waits).toEqual([200, 300, 400]);
  });

  it("is no wait for a base of 0, however often it doubled", () => {
    expect(backoffMs({ retry: 5000, baseMs: 0, capMs: 20_000, random: () => 0.5 })).toBe(0);
  });

  it("is a whole number between 0 and the cap for every retry and base", () => {
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const given = fc.record({ retry: fc.nat(5000), baseMs: fc.nat(1e9), capMs: fc.nat(1e9), share });
    fc.assert(
      fc.property(given, ({ share, ...input }) => {
        const wait = backoffMs({ ...input, random: () => share });
        expect(Number.isInteger(wait) && wait >= 0 && wait <= input.capMs).toBe(true);
      }),
    );
  });
});
