import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { findJsonFault, positionOf } from "./json-fault.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("findJsonFault", () => {
  it.each([
    ["<html>", 0, "a value was expected"],
    ["{'a':1}", 1, "a key in double quotes was expected"],
    ['{"a":1,}', 7, "a key in double quotes was expected"],
    ['{"a" 1}', 5, "a colon was expected"],
    ["[1 2]", 3, "a comma or ] was expected"],
    ['{"a":1 "b"', 7, "a comma or } was expected"],
    ["[1,]", 3, "a value was expected"],
    ["1 2", 2, "nothing more was expected"],
    ["01", 1, "nothing more was expected"],
    ["[1,2", 4, "the text ends too early"],
    ['["ab', 4, "the text ends inside a string"],
    ['"\\x"', 1, "this escape is not known to JSON"],
    ['"a\nb"', 2, "a control character in a string must be escaped"],
    ["NaN", 0, "a value was expected"],
  ])("finds the fault of %j", (text, offset, reason) => {
    expect(findJsonFault(text)).toEqual({ offset, reason });
  });

  it("agrees with JSON.parse on every JSON text and every damaged one", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "}", "]", "\\", "0", ":", "\n", " ", "-", "e"), (json, seed, char) => {
        const at = seed % (json.length + 1);
        for (const text of [json, json.slice(0, at), json.slice(0, at) + char + json.slice(at), json.slice(0, at) + json.slice(at + 1)])
          expect(findJsonFault(text) === undefined, text).toBe(isJson(text));
      }),
      { numRuns: timesTheRuns(5) },
    );
  });

  it("agrees with JSON.parse on random strings of JSON's characters", () => {
    const char = fc.constantFrom(...'{}[]:,"\\0123456789.eE+-truefalsn \n\t'.split(""));
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 12 }), (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      }),
      {
        numRuns: timesTheRuns(30),
      },
    );
  });

  it("does not mind depth", () => {
    expect(findJsonFault("[".repeat(200_000))).toEqual({ offset: 200_000, reason: "the text ends too early" });
  });
});

describe("positionOf", () => {
  it("counts lines and columns from 1", () => {
    expect(positionOf("ab\r\nc\n\nd", 0)).toEqual({ line: 1, column: 1 });
    expect(positionOf("ab\r\nc\n\nd", 4)).toEqual({ line: 2, column: 1 });
    expect(positionOf("ab\r\nc\n\nd", 7)).toEqual({ line: 4, column: 1 });
  });
});
