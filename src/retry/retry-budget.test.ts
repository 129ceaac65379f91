import { describe, expect, it } from "vitest";
import { ConnectionError, DNSError, TimeoutError, type ErrorCode } from "../errors/index.ts";
import { RetryBudget } from "./retry-budget.ts";
import { firstTryRefund, retryCost } from "./retry-cost.ts";

const failed = (code: ErrorCode) => ({ error: new ConnectionError({ code, message: "no" }) });

describe("RetryBudget", () => {
  it("holds 500 tokens by default", () => {
    expect(new RetryBudget().available).toBe(500);
  });

  it("refuses what it cannot pay in full and takes nothing then", () => {
    const budget = new RetryBudget({ capacity: 12 });
    expect(budget.tryTake(10)).toBe(true);
    expect(budget.tryTake(5)).toBe(false);
    expect(budget.available).toBe(2);
    expect(budget.tryTake(2)).toBe(true);
    expect(budget.tryTake(1)).toBe(false);
  });

  it("never holds more than its capacity", () => {
    const budget = new RetryBudget({ capacity: 10 });
    budget.tryTake(5);
    budget.refund(3);
    expect(budget.available).toBe(8);
    budget.refund(firstTryRefund + 100);
    expect(budget.available).toBe(10);
  });

  it.each([[-1], [Number.NaN], [Infinity], ["5"]])("refuses the capacity %j", (capacity) => {
    expect(() => new RetryBudget({ capacity: capacity as number })).toThrow(expect.objectContaining({ code: "ERR_INVALID_OPTION" }));
  });
});

describe("retryCost", () => {
  it("is 1 when no connection came about", () => {
    expect(retryCost({ error: new DNSError({ code: "ERR_DNS", message: "no" }) })).toBe(1);
    expect((["ERR_CONNECTION_REFUSED", "ERR_CONNECTION", "ERR_TLS"] as const).map((code) => retryCost(failed(code)))).toEqual([1, 1, 1]);
  });

  it("is 10 after a timeout, while connecting too", () => {
    for (const phase of ["connect", "wait"] as const) {
      expect(retryCost({ error: new TimeoutError({ code: "ERR_TIMEOUT", message: "no", phase }) })).toBe(10);
    }
  });

  it("is 5 after a broken connection or a status", () => {
    expect(retryCost(failed("ERR_CONNECTION_RESET"))).toBe(5);
    expect(retryCost({ status: 503, headers: {} })).toBe(5);
  });

  it("lets a thousand callers of a failing server add at most 20 % load", () => {
    const timeout = { error: new TimeoutError({ code: "ERR_TIMEOUT", message: "no", phase: "wait" as const }) };
    for (const outcome of [{ status: 503, headers: {} }, timeout]) {
      const budget = new RetryBudget();
      let retries = 0;
      for (let attempt = 0; attempt < 2000; attempt += 1) if (budget.tryTake(retryCost(outcome))) retries += 1;
      expect(retries).toBeGreaterThan(0);
      expect(retries).toBeLessThanOrEqual(200);
    }
  });

  it("lets fifty callers repeat twice while a server restarts", () => {
    const budget = new RetryBudget();
    const outcomes = Array.from({ length: 100 }, () => budget.tryTake(retryCost(failed("ERR_CONNECTION_REFUSED"))));
    expect(outcomes).not.toContain(false);
  });
});
