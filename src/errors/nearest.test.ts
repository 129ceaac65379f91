import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest", () => {
  it("names the candidate with the fewest edits, whatever the case", () => {
    expect(nearest("kubernets", ["prometheus", "kubernetes", "slack"])).toBe("kubernetes");
    expect(nearest("TimeOut", ["deadline", "timeout"])).toBe("timeout");
  });

  it("counts insertions, deletions and substitutions", () => {
    expect(nearest("kitten", ["sitting"], 3)).toBe("sitting");
    expect(nearest("kitten", ["sitting"], 2)).toBeUndefined();
  });

  it("has no answer without candidates, or when more than half of the letters differ", () => {
    expect(nearest("x", [])).toBeUndefined();
    expect(nearest("headers", ["signal", "params"])).toBeUndefined();
  });

  it("takes the nearest however far it is when every distance is allowed", () => {
    expect(nearest("GET /user?page=2", ["POST /login", "GET /users"], Infinity)).toBe("GET /users");
  });

  it("always finds a candidate that is the word itself, and never one beyond the limit", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.array(fc.string({ maxLength: 12 })), (word, others) => {
        expect(nearest(word, [...others, word], 0)?.toLowerCase()).toBe(word.toLowerCase());
        const found = nearest(word, others, 3);
        if (found !== undefined) expect(Math.abs(found.length - word.length)).toBeLessThanOrEqual(3);
      }),
    );
  });

  it("is symmetric", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), fc.nat(8), (left, right, limit) => {
        expect(nearest(left, [right], limit) === undefined).toBe(nearest(right, [left], limit) === undefined);
      }),
    );
  });
});
