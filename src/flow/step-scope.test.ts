import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idempotencyKey } from "./idempotency-key.ts";
import { keyDigest, mapKeys } from "./map-keys.ts";
import { branchPrefix, StepScope } from "./step-scope.ts";

describe("the id of a step", () => {
  it("is its scope and name, with a number for a repeat in the same scope", () => {
    const scope = new StepScope("run", branchPrefix("posts", "7"));
    const enter = (name: string): string => {
      const id = scope.enter(name);
      scope.leave(name);
      return id;
    };
    expect([enter("detail"), enter("detail"), enter("other")]).toEqual(["posts[7]/detail", "posts[7]/detail#2", "posts[7]/other"]);
  });

  it("is never that of another place, whatever names and keys are made of", () => {
    const name = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom("a", "/", "[", "]", "#", "%", "2") });
    const place = fc.record({ map: name, key: name, step: name, isRepeat: fc.boolean() });
    const idOf = ({ map, key, step, isRepeat }: { map: string; key: string; step: string; isRepeat: boolean }): string => {
      const scope = new StepScope("run", branchPrefix(new StepScope("run").enter(map), key));
      const first = scope.enter(step);
      scope.leave(step);
      return isRepeat ? scope.enter(step) : first;
    };
    fc.assert(
      fc.property(place, place, (one, other) => {
        expect(idOf(one) === idOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

describe("the keys of a list", () => {
  it("are each item's id, else its index, or what the function says", () => {
    expect(mapKeys("m", [{ id: 7 }, { id: "x" }, { name: "y" }, "z"])).toEqual(["7", "x", "2", "3"]);
    expect(mapKeys("m", ["b", "a"], (item) => item)).toEqual(["b", "a"]);
  });

  it("have a digest that tells lists apart, and their order", () => {
    expect(keyDigest(["a", "b"])).toMatch(/^2:[\w-]{43}$/);
    const digests = [["a", "b"], ["b", "a"], ["a,b"], ["a"], []].map(keyDigest);
    expect(new Set(digests).size).toBe(5);
  });
});

describe("the idempotency key", () => {
  it("is another one when any part of it is", () => {
    const parts = { runId: "r", stepId: "s", method: "POST", url: "https://api.example.com/a", occurrence: 1 };
    const keys = [
      parts,
      { ...parts, runId: "rs", stepId: "" },
      { ...parts, stepId: "t" },
      { ...parts, method: "PUT" },
      { ...parts, url: "https://api.example.com/b" },
      { ...parts, occurrence: 2 },
    ].map(idempotencyKey);
    expect(new Set(keys).size).toBe(6);
    expect(idempotencyKey({ ...parts })).toBe(keys[0]);
  });
});
