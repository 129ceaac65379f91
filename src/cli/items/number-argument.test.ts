import { describe, expect, it } from "vitest";
import { durationMs } from "../../retry/index.ts";
import { countArgument, durationArgument, statusArgument } from "./number-argument.ts";

describe("arguments that are numbers", () => {
  it.each([
    ["5", 5_000],
    ["0.5", 500],
    ["250ms", 250],
    ["2m", 120_000],
    ["1h30m", 5_400_000],
  ])("reads the duration %s", (text, ms) => expect(durationMs(durationArgument(text), "x")).toBe(ms));

  it.each(["", "0", "-1", "5x", "1e3", "Infinity", "1 s", "99999999"])("refuses the duration '%s'", (text) => {
    expect(() => durationArgument(text)).toThrow("It takes seconds above 0");
  });

  it.each(["0", "-1", "1.5", "x", "", "1e2"])("refuses the count '%s'", (text) =>
    expect(() => countArgument(text)).toThrow("whole number"),
  );
  it("reads a count", () => expect(countArgument("3")).toBe(3));
  it.each(["99", "600", "2xx", "0200"])("refuses the status '%s'", (text) => expect(() => statusArgument(text)).toThrow("status"));
  it("reads a status", () => expect(statusArgument("404")).toBe(404));
});
