import { describe, expect, it } from "vitest";
import { resolveLimits } from "./resolve-limits.ts";

describe("resolveLimits", () => {
  it.each([[{}], [{ breaker: false }], [{ concurrency: undefined, rate: undefined, breaker: undefined }]])(
    "gives nothing for %j",
    (options) => {
      expect(resolveLimits(options)).toBeUndefined();
    },
  );

  it("fills in the breaker's numbers", () => {
    const breaker = { failureRatio: 0.5, minimumCalls: 20, windowMs: 30_000, openForMs: 5000, onChange: undefined };
    expect(resolveLimits({ breaker: true })).toEqual({ concurrency: undefined, rate: undefined, breaker });
    expect(resolveLimits({ breaker: {} })?.breaker).toEqual(breaker);
    const onChange = (): void => undefined;
    const given = { failureRatio: 0.2, minimumCalls: 5, window: "1m", openFor: 500, onChange };
    expect(resolveLimits({ breaker: given })?.breaker).toEqual({
      failureRatio: 0.2,
      minimumCalls: 5,
      windowMs: 60_000,
      openForMs: 500,
      onChange,
    });
  });

  it("takes all three together", () => {
    expect(resolveLimits({ concurrency: 4, rate: "10/s", breaker: true })).toMatchObject({
      concurrency: 4,
      rate: { limit: 10, perMs: 1000, burst: 10 },
    });
  });

  it.each([
    [{ concurrency: 0 }, /^concurrency: 0 cannot be used\. It takes a whole number above 0/],
    [{ concurrency: 1.5 }, /^concurrency: 1\.5 /],
    [{ concurrency: Infinity }, /^concurrency: Infinity /],
    [{ concurrency: "4" }, /^concurrency: "4" /],
    [{ concurrency: null }, /^concurrency: null /],
    [{ rate: "fast" }, /^rate: "fast" is not a rate/],
    [{ breaker: "yes" }, /^breaker: "yes" cannot be used\. It takes true, false or an object/],
    [{ breaker: null }, /^breaker: null /],
    [{ breaker: [] }, /^breaker: an array /],
    [{ breaker: { failureRatio: 0 } }, /^breaker\.failureRatio: 0 /],
    [{ breaker: { failureRatio: 50 } }, /^breaker\.failureRatio: 50 cannot be used\. It takes a share above 0 and up to 1/],
    [{ breaker: { failureRatio: Number.NaN } }, /^breaker\.failureRatio: NaN /],
    [{ breaker: { minimumCalls: 0 } }, /^breaker\.minimumCalls: 0 /],
    [{ breaker: { window: "0s" } }, /^breaker\.window: it must be longer than 0 ms/],
    [{ breaker: { window: null } }, /^breaker\.window: null /],
    [{ breaker: { openFor: "5" } }, /^breaker\.openFor: "5" cannot be used: it has no unit/],
    [{ breaker: { onChange: "log" } }, /^breaker\.onChange: "log" cannot be used\. It takes a function/],
    [{ breaker: { opnFor: "5s" } }, /^breaker\.opnFor is not an option\. Did you mean breaker\.openFor\?/],
    [{ breaker: { x: 1 } }, /^breaker\.x is not an option\. breaker takes failureRatio, /],
  ])("refuses %j", (options, message) => {
    expect(() => resolveLimits(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringMatching(message) }),
    );
  });
});
