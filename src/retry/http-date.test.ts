import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHttpDate } from "./http-date.ts";

const now = Date.UTC(2026, 5, 15, 12, 0, 0);
const sample = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("parseHttpDate", () => {
  it.each([["Sun, 06 Nov 1994 08:49:37 GMT"], ["Sunday, 06-Nov-94 08:49:37 GMT"], ["Sun Nov  6 08:49:37 1994"]])(
    "reads %s, one of the three forms of RFC 9110",
    (text) => {
      expect(parseHttpDate(text, now)).toBe(sample);
    },
  );

  it("reads an asctime date with a day of two digits", () => {
    expect(parseHttpDate("Wed Nov 16 08:49:37 1994", now)).toBe(Date.UTC(1994, 10, 16, 8, 49, 37));
  });

  it("takes a leap second for the first second of the next minute", () => {
    expect(parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", now)).toBe(Date.UTC(2017, 0, 1));
  });

  it("does not read the years 0 to 99 as 1900 to 1999", () => {
    expect(new Date(parseHttpDate("Sun, 06 Nov 0094 08:49:37 GMT", now) ?? 0).getUTCFullYear()).toBe(94);
  });

  it.each([
    ["15-Jun-76 12:00:00", 2026, 2076],
    ["15-Jun-76 12:00:01", 2026, 1976],
    ["16-Jun-76 12:00:00", 2026, 1976],
    ["15-Jun-26 12:00:00", 2026, 2026],
    ["15-Jun-99 12:00:00", 2026, 1999],
    ["15-Jun-00 12:00:00", 2026, 2000],
    ["15-Jun-05 12:00:00", 2090, 2105],
    ["15-Jun-94 12:00:00", 2099, 2094],
  ])("places the two-digit year of %s, read in %d, in %d", (text, nowYear, year) => {
    const at = parseHttpDate(`Monday, ${text} GMT`, Date.UTC(nowYear, 5, 15, 12, 0, 0));
    expect(new Date(at ?? Number.NaN).getUTCFullYear()).toBe(year);
  });

  it.each([
    ["Sun, 31 Feb 2027 00:00:00 GMT"],
    ["Mon, 29 Feb 2027 00:00:00 GMT"],
    ["Sun, 00 Nov 1994 08:49:37 GMT"],
    ["Sun, 06 Nov 1994 24:00:00 GMT"],
    ["Sun, 06 Nov 1994 08:60:00 GMT"],
    ["Sun, 06 Nov 1994 08:49:61 GMT"],
    ["Sun, 6 Nov 1994 08:49:37 GMT"],
    ["Sun, 06 Nov 1994 08:49:37"],
    ["Sun, 06 Nov 1994 08:49:37 UTC"],
    ["Sun, 06 Nov 1994 08:49:37 +0000"],
    ["sun, 06 nov 1994 08:49:37 gmt"],
    ["Sun, 06-Nov-94 08:49:37 GMT"],
    ["Sunday, 06-Nov-1994 08:49:37 GMT"],
    ["Sun Nov 6 08:49:37 1994"],
    ["1994-11-06T08:49:37Z"],
    ["784111777"],
    [""],
  ])("refuses %j", (text) => {
    expect(parseHttpDate(text, now)).toBeUndefined();
  });

  it("reads back every date that Node writes", () => {
    const whole = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
    fc.assert(
      fc.property(whole, (date) => {
        expect(parseHttpDate(date.toUTCString(), now)).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  it("reads an RFC 850 date within 49 years of now as the year it was written for", () => {
    const span = 49 * 365 * 86_400_000;
    const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    fc.assert(
      fc.property(fc.date({ min: new Date(now - span), max: new Date(now + span), noInvalidDate: true }), (date) => {
        const two = (value: number): string => String(value % 100).padStart(2, "0");
        const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
        const text = `Friday, ${two(date.getUTCDate())}-${months[date.getUTCMonth()]}-${two(date.getUTCFullYear())} ${clock} GMT`;
        expect(parseHttpDate(text, now)).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });
});
